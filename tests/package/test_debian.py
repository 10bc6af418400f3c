"""The life of the Debian package on a machine with a real systemd: each test goes on where the one before it ended."""

import hashlib
import pathlib
import re
import sqlite3
import subprocess

import pytest
from server import ROOT, eventually

STATE = "/var/lib/runstead"
CONFIG = "/etc/runstead/runstead.toml"


def install(machine, package, **environment) -> str:
    # These tests start it so often in a few seconds that the next start would be taken for that of a server which fails.
    machine.run("systemctl", "reset-failed", "runstead")
    return machine.do("sh", "-c", f"dpkg --force-confdef --force-confold -i {package} 2>&1", **environment)


def main_process(machine) -> int:
    return int(machine.show("MainPID")[0])


def is_ready(machine) -> bool:
    return machine.run("runstead", "health").returncode == 0


def test_lintian_has_nothing_to_say(packages):
    done = subprocess.run(
        ["lintian", "--fail-on", "error,warning,info", "--display-info", "--allow-root", "--no-cfg", str(packages.deb())],
        capture_output=True, text=True, timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_unit_is_hardened():
    unit = ROOT / "packaging/systemd/runstead.service"
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True, timeout=60)
    exposure = re.search(r"Overall exposure level for runstead.service: ([\d.]+)", done.stdout)
    assert exposure and float(exposure[1]) < 2.0, done.stdout


def test_installing_starts_the_server_for_this_machine_alone_and_tells_the_way_in(machine, packages):
    said = install(machine, packages.deb())
    assert f"sudo cat {STATE}/setup-link" in said
    assert machine.show("ActiveState", "UnitFileState", "User") == ["active", "enabled", "runstead"]
    assert is_ready(machine), machine.journal()
    link = machine.do("cat", f"{STATE}/setup-link")
    assert link.startswith("http://127.0.0.1:8080/signup?token=") and link.strip() in machine.journal()
    listening = machine.do("ss", "--no-header", "--listening", "--tcp", "--numeric", "--processes")
    assert [line.split()[3] for line in listening.splitlines() if "runstead" in line] == ["127.0.0.1:8080"], listening


def test_the_journal_knows_how_grave_a_line_is(machine):
    words = ["journalctl", "--unit", "runstead", "--output", "cat", "--no-pager"]
    warned, all_of_it = machine.do(*words, "--priority", "warning"), machine.do(*words)
    assert "signup?token=" in warned and "listens on" not in warned
    # Its own time and severity are enough.
    assert "listens on" in all_of_it and not re.search(r"20\d\d-|INFO|WARN|<\d>", all_of_it)


def test_only_the_server_sees_its_configuration_and_its_data(machine):
    seen = machine.do("stat", "--format", "%a %U:%G %n", CONFIG, STATE, f"{STATE}/runstead.db", f"{STATE}/setup-link", "/usr/bin/runstead")
    assert seen.splitlines() == [
        f"640 root:runstead {CONFIG}", f"700 runstead:runstead {STATE}", f"600 runstead:runstead {STATE}/runstead.db",
        f"600 runstead:runstead {STATE}/setup-link", "755 root:root /usr/bin/runstead",
    ]  # fmt: skip
    stranger = machine.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "runstead", "user", "list")
    assert stranger.returncode == 1 and CONFIG in stranger.stderr and "Permission denied" in stranger.stderr


def test_the_process_may_do_as_little_as_the_unit_says(machine):
    status = machine.do("cat", f"/proc/{main_process(machine)}/status")
    wanted = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
    assert {name: re.search(rf"{name}:\s+(\w+)", status)[1] for name in wanted} == wanted


def test_pages_and_completions_belong_to_it(machine):
    manual = machine.do("sh", "-c", "zcat /usr/share/man/man1/runstead.1.gz /usr/share/man/man1/runstead-backup-create.1.gz")
    assert "runstead\\-serve" in manual and "http.listen" in manual.replace("\\-", "-")
    completed = machine.sh(
        ". /usr/share/bash-completion/completions/runstead; COMP_WORDS=(runstead back); COMP_CWORD=1; _runstead runstead back runstead; echo $COMPREPLY"
        .replace("'", "").join(["bash -c '", "'"])
    )
    assert completed.strip() == "backup"


def test_a_killed_server_comes_back(machine):
    before = main_process(machine)
    machine.do("kill", "-KILL", str(before))
    eventually(lambda: main_process(machine) not in (0, before) and is_ready(machine), "the server to come back")


def test_a_server_that_hangs_is_restarted(machine):
    machine.sh("mkdir -p /run/systemd/system/runstead.service.d; printf '[Service]\\nWatchdogSec=2\\nTimeoutAbortSec=2\\n' > /run/systemd/system/runstead.service.d/test.conf; systemctl daemon-reload; systemctl restart runstead")
    before = main_process(machine)
    machine.do("kill", "-STOP", str(before))
    eventually(lambda: main_process(machine) not in (0, before) and is_ready(machine), "the watchdog to act")
    assert "Watchdog timeout" in machine.journal()
    machine.sh("rm -r /run/systemd/system/runstead.service.d; systemctl daemon-reload; systemctl restart runstead")


def test_a_reload_takes_the_log_level(machine):
    before = main_process(machine)
    machine.sh(f"printf '[log]\\nlevel = \"debug\"\\n' >> {CONFIG}; systemctl reload runstead")
    eventually(lambda: "reloaded" in machine.journal(), "the reload")
    assert main_process(machine) == before


def test_what_root_runs_leaves_nothing_that_the_server_cannot_write(machine):
    machine.sh("umask 077; echo 'correct horse battery staple' > /root/password; runstead admin create ada --email ada@example.org --password-file /root/password")
    machine.sh("runstead user list; runstead upgrade list; runstead doctor > /root/doctor || [ $? -lt 3 ]; runstead backup create /root/backup")
    assert machine.do("find", STATE, "!", "-user", "runstead") == ""
    assert "ada" in machine.do("runstead", "user", "list") and machine.do("stat", "--format", "%U", "/root/backup/manifest.json") == "root\n"
    machine.sh("install -d -o runstead -g runstead -m 0700 /srv/restored; runstead backup restore /root/backup --data.dir /srv/restored")
    assert machine.do("find", "/srv/restored", "!", "-user", "runstead") == ""
    refused = machine.run("runstead", "serve", "--http.listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "belongs to user" in refused.stderr and "systemctl start runstead" in refused.stderr, refused.stderr
    machine.sh("rm -r /srv/restored /root/backup /root/password")


def test_upgrading_restarts_the_server_and_keeps_what_was_edited(machine, packages):
    before = main_process(machine)
    install(machine, packages.deb(2))
    assert machine.do("dpkg-query", "--show", "--showformat", "${Version}", "runstead") == f"{packages.version}-2"
    assert 'level = "debug"' in machine.do("cat", CONFIG)
    assert machine.do("stat", "--format", "%a %U:%G", CONFIG) == "640 root:runstead\n"
    assert main_process(machine) not in (0, before) and is_ready(machine)


def test_an_upgrade_that_cannot_be_done_leaves_the_old_server_running(machine, packages):
    machine.sh("echo RUNSTEAD_DATA__DIR=/srv/nothing >> /etc/default/runstead")
    before = main_process(machine)
    failed = machine.run("sh", "-c", f"dpkg --force-confold -i {packages.deb()} 2>&1")
    assert failed.returncode != 0 and "/srv/nothing" in failed.stdout and "dpkg --configure runstead" in failed.stdout, failed.stdout
    assert main_process(machine) == before and machine.run("runstead", "health").returncode == 0
    machine.sh("sed -i /DATA__DIR/d /etc/default/runstead; dpkg --configure runstead")
    assert main_process(machine) not in (0, before) and is_ready(machine)


@pytest.fixture(scope="module")
def old_data(tmp_path_factory) -> pathlib.Path:
    """The databases as an earlier release left them: without the last step of each."""
    folder = tmp_path_factory.mktemp("old")
    for plane, name in (("control", "runstead.db"), ("history", "history.db")):
        steps = sorted((ROOT / "src/db/migrations" / plane).glob("*.sql"))[:-1]
        file = sqlite3.connect(folder / name)
        # As the server has it, for steps that go through rows.
        file.create_function("sha256", 1, lambda text: hashlib.sha256(text.encode()).digest(), deterministic=True)
        file.execute("PRAGMA journal_mode = WAL")
        for step in steps:
            file.executescript(step.read_text())
        file.execute(f"PRAGMA user_version = {len(steps)}")
        file.close()
    file = sqlite3.connect(folder / "runstead.db")
    file.execute("INSERT INTO signing_keys (secret, created_at) VALUES (zeroblob(32), 1)")
    file.commit()
    file.close()
    return folder


def test_an_upgrade_of_the_data_is_copied_first_and_can_be_taken_back(machine, packages, old_data):
    as_server = ["runuser", "-u", "runstead", "--", "runstead"]
    machine.sh(f"systemctl stop runstead; mkdir /srv/before; mv {STATE}/* /srv/before; cp {old_data}/*.db {STATE}/; chown runstead:runstead {STATE}/*; chmod 600 {STATE}/*")
    said = install(machine, packages.deb())
    assert "to do: a copy of the databases" in said and "step control/" in said, said
    assert is_ready(machine), machine.journal()
    journal = machine.do("journalctl", "--unit", "runstead", "--no-pager", "--since", "-5min")
    assert "this release changes the databases: they were copied to snapshots/" in journal
    [snapshot] = machine.do(*as_server, "upgrade", "list").splitlines()
    assert "before an upgrade" in snapshot
    schemas = "for plane in runstead history; do od -A n -t u1 -j 63 -N 1 $plane.db; done"

    # As the guide says.
    guide = (ROOT / "packaging/operations.md").read_text()
    assert "sudo systemctl stop runstead\nsudo -u runstead runstead upgrade list\nsudo -u runstead runstead upgrade rollback" in guide
    machine.do("systemctl", "stop", "runstead")
    newest = machine.sh(f"cd {STATE}; {schemas}")
    assert "the data is as it was" in machine.do(*as_server, "upgrade", "rollback")
    back = machine.sh(f"cd {STATE}; {schemas}")
    assert [int(number) + 1 for number in back.split()] == [int(number) for number in newest.split()]
    assert machine.do("find", STATE, "!", "-user", "runstead") == ""
    machine.sh(f"rm -r {STATE}/*; mv /srv/before/* {STATE}/; systemctl reset-failed runstead || true; systemctl start runstead")
    assert is_ready(machine), machine.journal()


def test_who_wants_to_restart_it_by_hand_may(machine, packages):
    machine.sh("sed -i s/RESTART_ON_UPGRADE=yes/RESTART_ON_UPGRADE=no/ /etc/default/runstead")
    before = main_process(machine)
    assert "systemctl restart runstead" in install(machine, packages.deb(2))
    assert main_process(machine) == before and is_ready(machine)


def test_a_port_below_1024_needs_one_right_more(machine):
    machine.sh(
        "mkdir -p /etc/systemd/system/runstead.service.d; cp /usr/share/doc/runstead/examples/low-port.conf /etc/systemd/system/runstead.service.d/;"
        "echo RUNSTEAD_HTTP__LISTEN=127.0.0.1:443 >> /etc/default/runstead; systemctl daemon-reload; systemctl restart runstead"
    )
    assert machine.run("runstead", "health", "--url", "http://127.0.0.1:443").returncode == 0, machine.journal()
    machine.sh("rm -r /etc/systemd/system/runstead.service.d; sed -i /LISTEN/d /etc/default/runstead; systemctl daemon-reload; systemctl restart runstead")


def test_backups_go_where_a_drop_in_lets_the_unit_write(machine):
    machine.sh(
        "install -d -o runstead -g runstead -m 0700 /srv/backup; mkdir -p /etc/systemd/system/runstead.service.d;"
        "sed 's,/mnt/backup/runstead,/srv/backup,' /usr/share/doc/runstead/examples/backup-folder.conf > /etc/systemd/system/runstead.service.d/backup-folder.conf;"
        "echo RUNSTEAD_BACKUP__TO=/srv/backup >> /etc/default/runstead; systemctl daemon-reload; systemctl restart runstead"
    )
    eventually(lambda: machine.run("sh", "-c", "ls /srv/backup/*/manifest.json").returncode == 0, "the first backup")
    machine.sh("rm -r /etc/systemd/system/runstead.service.d; sed -i /BACKUP/d /etc/default/runstead; systemctl daemon-reload; systemctl restart runstead")


def test_names_are_looked_up_whatever_modules_the_machine_prescribes(machine):
    """A static program that loaded them would crash."""
    machine.sh("sed -i 's/^hosts:.*/hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns/' /etc/nsswitch.conf")
    assert machine.do("runstead", "health", "--url", "http://runstead.example.org:8080") == "ready\n"
    unknown = machine.run("runstead", "health", "--url", "http://nobody.example.org:8080")
    assert unknown.returncode == 1 and "does not answer" in unknown.stderr


def test_removing_stops_the_server_and_keeps_everything(machine):
    machine.do("dpkg", "--remove", "runstead")
    assert machine.show("ActiveState", "LoadState") == ["inactive", "not-found"]
    assert machine.run("test", "-e", "/usr/bin/runstead").returncode == 1
    machine.do("test", "-s", f"{STATE}/runstead.db", "-a", "-s", CONFIG)


def test_installing_it_again_finds_everything(machine, packages):
    before = machine.do("stat", "--format", "%i", f"{STATE}/runstead.db")
    install(machine, packages.deb(2))
    assert is_ready(machine), machine.journal()
    assert machine.do("stat", "--format", "%i", f"{STATE}/runstead.db") == before
    assert 'level = "debug"' in machine.do("cat", CONFIG)


def test_purging_says_where_the_data_is_and_leaves_it(machine):
    said = machine.do("sh", "-c", "dpkg --purge runstead 2>&1")
    assert f"rm -rf {STATE}" in said
    left = machine.do("sh", "-c", f"ls -d {STATE}/runstead.db /etc/runstead /etc/default/runstead /etc/systemd/system/*/runstead.service 2>/dev/null || true")
    assert left.split() == [f"{STATE}/runstead.db"], left
    assert machine.run("getent", "passwd", "runstead").returncode == 0, "its files would belong to nobody"


@pytest.mark.parametrize("consent", ["no", "yes"])
def test_purging_deletes_data_with_consent_alone(machine, packages, consent):
    install(machine, packages.deb())
    said = machine.do("sh", "-c", "dpkg --purge runstead 2>&1", RUNSTEAD_PURGE_DATA=consent)
    assert ("deleted" in said) == (consent == "yes")
    assert (machine.run("test", "-e", STATE).returncode == 1) == (consent == "yes")
