"""A real OpenLDAP server for one test, on a free port of this machine, without encryption."""

import pathlib
import subprocess

from server import eventually, free_port

BASE = "dc=example,dc=org"
ROOT = ["-D", f"cn=root,{BASE}", "-w", "root-pw"]
CONFIGURATION = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
database mdb
maxsize 1073741824
suffix {base}
rootdn cn=root,{base}
rootpw root-pw
directory {folder}/db
dbnosync
index objectClass,uid,member,entryUUID eq
"""


def person(uid: str) -> str:
    return f"dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: {uid}\nmail: {uid}@example.org\nuserPassword: pw-{uid}\n"


def group(cn: str, members: list[str]) -> str:
    listed = "".join(f"member: uid={uid},ou=people,{BASE}\n" for uid in members)
    return f"dn: cn={cn},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {cn}\n{listed}"


class Slapd:
    """Starts with these entries, each as LDIF."""

    def __init__(self, folder: pathlib.Path, entries: list[str]):
        self.folder, self.port = folder, free_port()
        self.url = f"ldap://127.0.0.1:{self.port}"
        (folder / "db").mkdir(parents=True)
        (folder / "slapd.conf").write_text(CONFIGURATION.format(folder=folder, base=BASE))
        tree = [f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n"]
        tree += [f"dn: ou={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n" for unit in ("people", "groups")]
        (folder / "tree.ldif").write_text("\n".join(tree + entries))
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", folder / "slapd.conf", "-l", folder / "tree.ldif"], check=True)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(["/usr/sbin/slapd", "-d", "0", "-f", self.folder / "slapd.conf", "-h", self.url])
        eventually(self.answers, "slapd to answer")

    def answers(self) -> bool:
        asked = subprocess.run(["ldapwhoami", "-x", "-H", self.url, *ROOT], capture_output=True)
        return asked.returncode == 0

    def change(self, ldif: str) -> None:
        subprocess.run(["ldapmodify", "-x", "-H", self.url, *ROOT], input=ldif, text=True, check=True, capture_output=True)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def settings(self, **more: str) -> dict[str, str]:
        """What a server of ours needs to know of it."""
        settings = {
            "servers": self.url,
            "start_tls": "false",
            "base_dn": f"ou=people,{BASE}",
            "group_base_dn": f"ou=groups,{BASE}",
            "bind_dn": f"cn=root,{BASE}",
            "bind_password": "root-pw",
            **more,
        }
        return {f"RUNSTEAD_LDAP__{key.upper()}": value for key, value in settings.items()}
