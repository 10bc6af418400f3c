-- What an entry of the audit log says of people can be forgotten without breaking the chain: a digest covers a salted digest of those
-- texts, which stays when they and their salt go. How they are made: domain/audit/chain.rs.
ALTER TABLE audit ADD COLUMN salt BLOB NOT NULL DEFAULT x'';
ALTER TABLE audit ADD COLUMN content BLOB NOT NULL DEFAULT x'';
-- Of an entry that is older than this: the digest that it had, by which it was told elsewhere.
ALTER TABLE audit ADD COLUMN told_digest BLOB;

UPDATE audit SET salt = randomblob(16), told_digest = digest;
UPDATE audit SET content = sha256(json_array(lower(hex(salt)), address, object_name, details, lower(hex(told_digest))));

-- An entry that was not as it was written has no digest afterwards either.
WITH RECURSIVE chained (id, told, digest) AS (
  SELECT before_id, before_digest, before_digest FROM audit_chain
  UNION ALL
  SELECT a.id, a.told_digest,
         CASE WHEN a.told_digest = sha256(json_array(lower(hex(chained.told)), a.id, a.at, a.action, a.actor_id, a.acting_for_id,
                                                     a.address, a.object_kind, a.object_id, a.object_name, a.details))
              THEN sha256(json_array(lower(hex(chained.digest)), a.id, a.at, a.action, a.actor_id, a.acting_for_id,
                                     a.object_kind, a.object_id, lower(hex(a.content))))
              ELSE x'' END
    FROM chained JOIN audit a ON a.id = (SELECT MIN(b.id) FROM audit b WHERE b.id > chained.id)
)
UPDATE audit SET digest = chained.digest FROM chained WHERE chained.id = audit.id;

-- Up to which entry there are older digests.
ALTER TABLE audit_chain ADD COLUMN rechained_through INTEGER NOT NULL DEFAULT 0;
UPDATE audit_chain SET rechained_through = last_id;
UPDATE audit_chain SET last_digest = (SELECT a.digest FROM audit a WHERE a.id = audit_chain.last_id)
 WHERE EXISTS (SELECT 1 FROM audit a WHERE a.id = audit_chain.last_id AND a.told_digest = audit_chain.last_digest);
