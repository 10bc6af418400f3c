//! The lineage of a version as a graph: which runs made and used it, what they made and used, and so on, both ways.

use std::collections::BTreeSet;

use super::model::Artifact;
use super::{lineage_store, lookup};
use crate::db::Reader;
use crate::domain::Call;
use crate::domain::runs::{self, Run};
use crate::error::Result;
use crate::id::{ArtifactId, RunId};

/// The most nodes of one graph; what lies further is left out and said to be.
const NODES_MAX: usize = 500;

/// Runs and versions, and who made and used what.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    pub versions: Vec<Artifact>,
    pub runs: Vec<Run>,
    pub made: Vec<(RunId, ArtifactId)>,
    pub used: Vec<(RunId, ArtifactId)>,
    /// Whether the graph goes on beyond what is shown.
    pub is_cut: bool,
}

/// The graph around a version, so many steps from it (from a version to a run, or back, is a step). What the caller may not
/// see is not in it, nor what lies behind that.
pub fn lineage(db: &Reader, call: &Call, start: &Artifact, steps: usize) -> Result<Lineage> {
    let mut graph = Lineage { versions: vec![start.clone()], ..Lineage::default() };
    let (mut made, mut used) = (BTreeSet::new(), BTreeSet::new());
    let (mut versions, mut runs) = (BTreeSet::from([start.id]), BTreeSet::new());
    let (mut version_edge, mut run_edge) = (vec![start.id], Vec::<RunId>::new());
    for _ in 0..steps {
        let mut next_runs = Vec::new();
        for version in version_edge.drain(..) {
            for (run, is_maker) in lineage_store::neighbours(db, version)? {
                if !runs.contains(&run) {
                    let Some(found) = runs::get(db, call, run)? else { continue };
                    if runs.len() + versions.len() >= NODES_MAX {
                        graph.is_cut = true;
                        continue;
                    }
                    runs.insert(run);
                    graph.runs.push(found);
                    next_runs.push(run);
                }
                if is_maker {
                    made.insert((run, version))
                } else {
                    used.insert((run, version))
                };
            }
        }
        let mut next_versions = Vec::new();
        for run in run_edge.drain(..) {
            for (version, is_output) in lineage_store::versions_of(db, run)? {
                if !versions.contains(&version) {
                    let Some(found) = lookup::get(db, call, version)? else { continue };
                    if runs.len() + versions.len() >= NODES_MAX {
                        graph.is_cut = true;
                        continue;
                    }
                    versions.insert(version);
                    graph.versions.push(found);
                    next_versions.push(version);
                }
                if is_output {
                    made.insert((run, version))
                } else {
                    used.insert((run, version))
                };
            }
        }
        (version_edge, run_edge) = (next_versions, next_runs);
        if version_edge.is_empty() && run_edge.is_empty() {
            break;
        }
    }
    graph.is_cut |= !version_edge.is_empty() || !run_edge.is_empty();
    graph.made = made.into_iter().collect();
    graph.used = used.into_iter().collect();
    Ok(graph)
}
