#!/usr/bin/python3 -B
"""Prometheus' snmp_exporter with the module in docs/monitoring asks the agent,
and what it makes of it is what the router says; the dashboard and the alerts
ask for metrics and labels that there are.
"""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import agent  # noqa: E402
import lab  # noqa: E402
import modules  # noqa: E402

DOCS = lab.ROOT / "docs/monitoring"
CONFIGURATION = DOCS / "snmp.yml"
STATES = {"by-hand": 1, "nobody": 2, "off": 3, "named": 2, "across": 2,
          "own": 2}
# Metrics of what this router does not have.
CERTIFICATES = "ermineCertificate"
# Labels that Prometheus makes by itself.
OWN_LABELS = {"instance", "job"}
# Words of PromQL, and of Prometheus, that look like metrics.
WORDS = {"rate", "increase", "sum", "by", "or", "and", "bool", "up",
         "label_values"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exporter:
    def __init__(self, home, configuration):
        self.port = free_port()
        self.log = home / "exporter-log"
        with open(self.log, "ab") as log:
            self.process = lab.start(
                ["prometheus-snmp-exporter",
                 "--config.file=%s" % configuration,
                 "--web.listen-address=127.0.0.1:%d" % self.port],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        lab.wait_for("the exporter to listen", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            raise lab.Problem("the exporter ended:\n" + self.log.read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def scrape(self, target, module):
        url = "http://127.0.0.1:%d/snmp?target=%s&module=%s" % (
            self.port, target, module)
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as problem:
            raise lab.Problem("the exporter says %s" % problem.read())
        return Metrics(text)


class Metrics:
    """The text that the exporter answers with."""

    LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
    LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.rows = {}  # name -> [(labels, value)]
        for line in text.splitlines():
            if line and not line.startswith("#"):
                match = self.LINE.match(line)
                lab.holds(match, "not understood: " + line)
                self.rows.setdefault(match[1], []).append(
                    (dict(self.LABEL.findall(match[2] or "")),
                     float(match[3])))

    def one(self, name):
        rows = self.rows.get(name, [])
        lab.same("rows of " + name, len(rows), 1)
        return rows[0][1]

    def of(self, name, label="ermineTunnelName"):
        return {labels[label]: value for labels, value in
                self.rows.get(name, [])}

    def labels(self, name):
        return set().union(*(labels for labels, _ in self.rows[name]))


def fresh(home):
    @lab.claim("snmp.yml is what the generator makes of generator.yml")
    def _():
        place = home / "generator"
        place.mkdir()
        shutil.copy(DOCS / "generator.yml", place)
        run = subprocess.run(
            ["prometheus-snmp-generator", "generate"], cwd=place, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={"MIBDIRS": modules.PATH},
            timeout=60)
        lab.same("exit status:\n" + run.stdout, run.returncode, 0)
        made = (place / "snmp.yml").read_text()
        lab.holds(made == CONFIGURATION.read_text(),
                  "it is not: make it anew, see docs/snmp.md")


def scraped(exporter, its, router):
    found = exporter.scrape(its.at, "ermine")

    @lab.claim("states of the tunnels, each with its name")
    def _():
        lab.same("states", found.of("ermineTunnelState"), STATES)
        lab.same("virtual routers", {
            labels["ermineTunnelVirtualRouter"]
            for labels, _ in found.rows["ermineTunnelState"]},
            {"default", "blue"})
        for name, count in [("", 6), ("Enabled", 5), ("Disabled", 1),
                            ("Up", 1), ("Down", 4), ("NotPresent", 0)]:
            lab.same("ermineSystemTunnels" + name,
                     found.one("ermineSystemTunnels" + name), count)
        lab.same("commits", found.one("ermineSystemGeneration"), 1)
        lab.same("daemon", found.one("ermineSystemDaemonReachable"), 1)

    @lab.claim("counters are those of `show ipsec tunnel`")
    def _():
        router.ask("ping 10.11.0.5 5 source address 10.1.0.1")
        later = exporter.scrape(its.at, "ermine")
        shown = router.tunnel("by-hand")
        for metric, column in [
                ("juniIpsecTunnelStatOutbUserRecvPkts", "out_user_packets"),
                ("juniIpsecTunnelStatOutbUserRecvOctets", "out_user_octets"),
                ("juniIpsecTunnelStatInbAuthErrs", "in_auth_errors")]:
            lab.same(metric, later.of(metric)["by-hand"],
                     shown[column])
        lab.holds(later.of("juniIpsecTunnelStatOutbUserRecvPkts")["by-hand"]
                  >= 5, "nothing was counted")

    @lab.claim("why a tunnel is down is a label")
    def _():
        why = {labels["ermineTunnelName"]: labels["ermineTunnelCause"]
               for labels, _ in found.rows["ermineTunnelCause"]}
        lab.same("tunnels", set(why), set(STATES))
        lab.same("cause of by-hand", why["by-hand"], "")
        lab.holds(why["across"] != "", "no cause")
        lab.holds(any(labels["ermineTunnelCauseText"].endswith(".")
                      for labels, _ in found.rows["ermineTunnelCauseText"]),
                  "no sentence")

    @lab.claim("drops by their reason")
    def _():
        reasons = found.of("ermineDropPackets", "ermineDropName")
        lab.holds(len(reasons) > 20 and "no-route" in reasons,
                  "only %s" % sorted(reasons))

    @lab.claim("interfaces by their names")
    def _():
        other = exporter.scrape(its.at, "ermine_interfaces")
        states = other.of("ifOperStatus", "ifName")
        lab.same("by-hand", states["ipsec:by-hand"], 1)
        lab.same("off", states["ipsec:off"], 2)
        lab.holds("fastEthernet0/0" in "".join(states).replace(" ", ""),
                  "only %s" % sorted(states))
    return found


def queries():
    """(where, expression, labels that it is told with)"""
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], re.findall(
                r"\{\{(\w+)\}\}", target["legendFormat"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            call = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                variable["query"])
            yield variable["name"], call[1], [call[2]]
    text = (DOCS / "alerts.yml").read_text()
    for rule in re.findall(r"- alert: (\w+)\n(.*?)(?=      - alert|\Z)",
                           text, re.S):
        yield rule[0], re.search(r"expr: (.*)", rule[1])[1], re.findall(
            r"\$labels\.(\w+)", rule[1])


def asked_for(found):
    known = set(re.findall(r"^  - name: (\w+)$", CONFIGURATION.read_text(),
                           re.M))

    @lab.claim("the dashboard and the alerts ask for what there is")
    def _():
        count = 0
        for where, expression, labels in queries():
            names, filters = metrics_of(expression)
            lab.holds(names, "%s asks for nothing" % where)
            for name in names:
                count += 1
                if name.startswith(CERTIFICATES):
                    lab.holds(name in known, "%s: %s" % (where, name))
                    continue
                lab.holds(name in found.rows or name in empty(found),
                          "%s: the exporter has no %s" % (where, name))
                there = OWN_LABELS | found.labels(name) \
                    if name in found.rows else None
                for label in [*labels, *filters]:
                    lab.holds(there is None or label in there,
                              "%s: %s has no label %s" % (
                                  where, name, label))
        lab.holds(count > 30, "only %d" % count)


def metrics_of(expression):
    """The metrics of a query, and the labels that it filters or sums by."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    filters = re.findall(r"(\w+)\s*(?:=~|=|!=|!~)\s*\"\"", bare)
    filters += re.findall(r"by \((\w+)\)", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \(\w+\)", " ", bare)
    return [word for word in re.findall(r"[A-Za-z_]\w*", bare)
            if word not in WORDS], filters


def empty(found):
    """Metrics of tables that are empty here: IKE has dropped nothing."""
    return {"ermineIkeDropMessages"} if "ermineIkeHalfOpen" in found.rows \
        else set()


def main():
    if shutil.which("prometheus-snmp-exporter") is None:
        print("skip snmp_exporter: no prometheus-snmp-exporter here")
        return
    router, its = agent.walker("exporter")
    fresh(router.home)
    exporter = Exporter(router.home, CONFIGURATION)
    asked_for(scraped(exporter, its, router))


lab.tell(main)
