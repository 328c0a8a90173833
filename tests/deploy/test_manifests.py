"""The manifests of deploy/, without a cluster: they are built as kubectl builds
them, and what must hold for all of them is checked. tests/cluster runs them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OVERLAYS = sorted(folder.name for folder in (DEPLOY / "overlays").iterdir())
NAMESPACE = "asreview-cloud"
CLUSTER_WIDE = {"Namespace", "PersistentVolume"}

# What each overlay may switch on by a comment sign or a name.
VARIANTS = {
    "as it is": [],
    "s3": [("  # - ../../components/s3", "  - ../../components/s3")],
    "monitoring": [("  # - ../../components/monitoring", "  - ../../components/monitoring")],
    "operator": [("components/rabbitmq ", "components/rabbitmq-operator ")],
}

METRICS = {
    "shoal_run_commands", "shoal_run_remaining_seconds", "shoal_attempts_total",
    "shoal_attempt_duration_seconds", "shoal_workers", "shoal_worker_slots",
    "shoal_worker_slots_busy", "shoal_broker_connected", "shoal_queue_messages",
    "shoal_dead_letters", "shoal_uploads_total", "shoal_upload_bytes_total",
    "shoal_uploads_failed", "shoal_build_info",
}  # fmt: skip


def kustomize():
    """The command that builds: SHOAL_KUSTOMIZE names a kustomize or a kubectl."""
    tool = os.environ.get("SHOAL_KUSTOMIZE") or shutil.which("kustomize") or shutil.which("kubectl")
    if not tool:
        pytest.skip("NO MANIFEST WAS BUILT: set SHOAL_KUSTOMIZE to a kustomize or a kubectl")
    return [tool, "kustomize" if "kubectl" in Path(tool).name else "build"]


def build(folder):
    done = subprocess.run([*kustomize(), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # such as warnings of what is deprecated
    return [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """build(overlay, variant): its resources; built once."""
    known = {}

    def get(overlay, variant="as it is"):
        if (overlay, variant) not in known:
            copy = tmp_path_factory.mktemp("deploy") / "deploy"
            shutil.copytree(DEPLOY, copy)
            for file in copy.glob("overlays/*/kustomization.yaml"):
                text = file.read_text()
                for old, new in VARIANTS[variant]:
                    text = text.replace(old, new)
                file.write_text(text)
            known[overlay, variant] = build(copy / "overlays" / overlay)
        return known[overlay, variant]

    return get


@pytest.fixture(params=OVERLAYS)
def overlay(request):
    return request.param


@pytest.fixture(params=VARIANTS)
def resources(request, built, overlay):
    return built(overlay, request.param)


def pod_templates(resources):
    """(name, pod template's metadata, pod's spec) of everything that makes pods."""
    for each in resources:
        if each["kind"] in ("Job", "Deployment", "StatefulSet"):
            template = each["spec"]["template"]
        elif each["kind"] == "ScaledJob":
            template = each["spec"]["jobTargetRef"]["template"]
        else:
            continue
        name = f"{each['kind']}/{each['metadata']['name']}"
        yield name, template["metadata"], template["spec"]


def containers(spec):
    return spec.get("initContainers", []) + spec["containers"]


def find(resources, kind, name):
    found = [e for e in resources if e["kind"] == kind and e["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} of {kind}/{name}"
    return found[0]


def one(resources, kind, name):
    return any(e["kind"] == kind and e["metadata"]["name"] == name for e in resources)


def is_nfs(name):
    return name == "Deployment/nfs-server"  # the kernel's server: root, privileged


def test_every_file_is_yaml_without_tabs_and_ends_with_a_newline():
    files = sorted(DEPLOY.rglob("*.yaml"))
    assert len(files) > 20
    for file in files:
        text = file.read_text()
        assert list(yaml.safe_load_all(text)), file
        assert "\t" not in text and text.endswith("\n"), file


def test_every_component_is_used_by_an_overlay_or_named_in_one():
    text = "".join(f.read_text() for f in DEPLOY.glob("overlays/*/kustomization.yaml"))
    for component in (DEPLOY / "components").iterdir():
        assert component.name in text, component


def test_everything_is_in_the_one_namespace(resources):
    for each in resources:
        name = each["metadata"].get("namespace")
        if each["kind"] in CLUSTER_WIDE:
            assert name is None
        else:
            assert name == NAMESPACE, f"{each['kind']}/{each['metadata']['name']}: {name}"
    find(resources, "Namespace", NAMESPACE)


def test_the_namespace_is_set_in_one_place(tmp_path):
    for overlay in ("single-computer", "cloud-nfs", "cloud-rwx"):
        copy = tmp_path / overlay
        shutil.copytree(DEPLOY, copy)
        file = copy / "overlays" / overlay / "kustomization.yaml"
        text = file.read_text()
        assert text.count(NAMESPACE) == 1
        file.write_text(text.replace(NAMESPACE, "other"))
        for each in build(file.parent):
            if each["kind"] not in CLUSTER_WIDE:
                assert each["metadata"]["namespace"] == "other"
        find(build(file.parent), "Namespace", "other")


def test_no_pod_is_root_or_can_become_it(resources):
    for name, _, spec in pod_templates(resources):
        if is_nfs(name):
            continue
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True and pod["runAsUser"] > 0, name
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for each in containers(spec):
            own = each["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name


def test_only_the_nfs_server_is_privileged(resources):
    text = [name for name, _, spec in pod_templates(resources)
            if any(e["securityContext"].get("privileged") for e in containers(spec))]  # fmt: skip
    assert text in ([], ["Deployment/nfs-server"])
    level = find(resources, "Namespace", NAMESPACE)["metadata"]["labels"][
        "pod-security.kubernetes.io/enforce"]  # fmt: skip
    operator = any(e["kind"] == "RabbitmqCluster" for e in resources)
    assert level == ("privileged" if text else "baseline" if operator else "restricted")


def test_nobody_gets_a_token_for_the_api(resources):
    for each in resources:
        assert each["kind"] not in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
        if each["kind"] == "ServiceAccount":
            assert each["automountServiceAccountToken"] is False
    for name, _, spec in pod_templates(resources):
        assert spec["automountServiceAccountToken"] is False, name
        find(resources, "ServiceAccount", spec["serviceAccountName"])


def test_every_container_has_requests_and_limits(resources):
    for name, _, spec in pod_templates(resources):
        for each in containers(spec):
            for kind in ("requests", "limits"):
                assert set(each["resources"][kind]) == {"cpu", "memory"}, (name, kind)


def test_no_image_floats(resources):
    for name, _, spec in pod_templates(resources):
        for each in containers(spec):
            path, _, tag = each["image"].rpartition(":")
            assert "/" in path and tag and "latest" not in tag, (name, each["image"])


def test_secrets_are_named_and_never_contained(resources):
    assert not [each for each in resources if each["kind"] == "Secret"]
    for name, _, spec in pod_templates(resources):
        for each in containers(spec):
            for variable in each.get("env", []):
                if re.search("PASS|SECRET|TOKEN|KEY", variable["name"]):
                    assert "secretKeyRef" in variable["valueFrom"], (name, variable)


def test_pods_find_their_volumes_and_configs(resources):
    claims = {e["metadata"]["name"] for e in resources if e["kind"] == "PersistentVolumeClaim"}
    configs = {e["metadata"]["name"] for e in resources if e["kind"] == "ConfigMap"}
    for name, _, spec in pod_templates(resources):
        volumes = {each["name"] for each in spec["volumes"]}
        for volume in spec["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims, name
            if "configMap" in volume:
                assert volume["configMap"]["name"] in configs, name
        for each in containers(spec):
            # A StatefulSet's own claims are volumes, too.
            assert {m["name"] for m in each.get("volumeMounts", [])} <= volumes | {"data"}, name


def test_selectors_fit_their_pods(resources):
    for each in resources:
        if each["kind"] in ("Deployment", "StatefulSet"):
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"].items() <= labels.items()
    pods = [meta["labels"] for _, meta, _ in pod_templates(resources)]
    for each in resources:
        if each["kind"] == "Service":
            assert any(each["spec"]["selector"].items() <= labels.items() for labels in pods), each


def test_tasker_and_workers_see_one_folder_and_one_broker(resources):
    seen = {}
    for name, meta, spec in pod_templates(resources):
        component = meta["labels"].get("app.kubernetes.io/component")
        if component in ("tasker", "worker"):
            each = spec["containers"][0]
            env = {v["name"]: v.get("value", v.get("valueFrom")) for v in each["env"]}
            mounts = {m["name"]: m["mountPath"] for m in each["volumeMounts"]}
            claim = [v for v in spec["volumes"] if v["name"] == "storage"]
            broker = {k: v for k, v in env.items() if k.startswith("RABBITMQ_")}
            seen[component] = (mounts["storage"], claim, broker, each["workingDir"], each.get("envFrom"))
            assert "/tmp" in mounts.values() and env["HOME"] in mounts.values(), name
    assert len(seen) == 2 and seen["tasker"] == seen["worker"]
    assert set(seen["tasker"][2]) == {f"RABBITMQ_{x}" for x in ("HOST", "PORT", "USER", "PASS")}
    assert spec["enableServiceLinks"] is False


def test_workers_have_time_to_leave(resources):
    for name, _, spec in pod_templates(resources):
        args = spec["containers"][0].get("args", [])
        grace = [a.split("=")[1] for a in args if a.startswith("--grace=")]
        if grace:
            seconds = int(grace[0][:-1]) * {"s": 1, "m": 60}[grace[0][-1]]
            assert spec["terminationGracePeriodSeconds"] >= seconds + 15, name


def test_probes_and_annotations_name_the_port_of_the_metrics(resources):
    seen = 0
    for name, meta, spec in pod_templates(resources):
        if meta["labels"]["app.kubernetes.io/name"] != "shoal" or "desk" in name:
            continue
        seen += 1
        each = spec["containers"][0]
        ports = {p["name"]: p["containerPort"] for p in each["ports"]}
        assert meta["annotations"].items() >= {
            ("prometheus.io/scrape", "true"),
            ("prometheus.io/port", str(ports["metrics"])),
            ("prometheus.io/path", "/metrics"),
            ("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"),
        }
        assert each["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "metrics"}
        if "worker" in name:
            assert each["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}
            assert "--listen=0.0.0.0:9464" in each["args"]
    assert seen >= 2


def test_the_jobs_of_workers_replace_what_is_lost_and_end_by_themselves(built):
    for overlay in ("single-computer", "cloud-nfs", "cloud-rwx"):
        spec = find(built(overlay), "Job", "worker")["spec"]
        assert spec["completionMode"] == "Indexed"
        assert spec["completions"] == spec["parallelism"]
        assert "backoffLimit" not in spec  # one worker's failures never stop the others
        rules = spec["podFailurePolicy"]["rules"]
        assert rules[0]["action"] == "Ignore" and "onPodConditions" in rules[0]
        assert {137, 143} <= set(rules[1]["onExitCodes"]["values"])
        assert all(rule["action"] != "FailJob" for rule in rules)


def test_what_cannot_work_is_not_tried_for_ever(built):
    """A wrong password, for example: with the pauses between, for some hours."""
    for overlay in ("single-computer", "cloud-nfs", "cloud-rwx"):
        assert find(built(overlay), "Job", "tasker")["spec"]["backoffLimit"] == 20
        assert find(built(overlay), "Job", "worker")["spec"]["backoffLimitPerIndex"] == 20


def test_the_end_of_a_log_is_shown_by_describe(built):
    for name, meta, spec in pod_templates(built("single-computer")):
        if meta["labels"].get("app.kubernetes.io/component") in ("tasker", "worker"):
            assert spec["containers"][0]["terminationMessagePolicy"] == "FallbackToLogsOnError", name


def test_workers_of_one_job_are_a_crew(built):
    for overlay in ("single-computer", "with-large-workers"):
        for job in (each for each in built(overlay) if each["kind"] == "Job" and each["metadata"]["name"] != "tasker"):
            container = job["spec"]["template"]["spec"]["containers"][0]
            assert "--crew=$(SHOAL_JOB_UID)" in container["args"]
            uid = [each["valueFrom"]["fieldRef"]["fieldPath"] for each in container["env"] if each["name"] == "SHOAL_JOB_UID"]
            assert uid == ["metadata.labels['batch.kubernetes.io/controller-uid']"]


def test_the_tasker_is_not_started_again_for_commands_that_failed(resources):
    rules = find(resources, "Job", "tasker")["spec"]["podFailurePolicy"]["rules"]
    actions = {code: rule["action"] for rule in rules
               for code in rule.get("onExitCodes", {}).get("values", [])}  # fmt: skip
    assert actions[1] == actions[2] == "FailJob"
    assert actions[143] == "Ignore"
    assert 3 not in actions and 0 not in actions


def test_the_broker_lets_commands_run_for_long(resources):
    if one(resources, "StatefulSet", "rabbitmq-server"):
        config = [e["data"]["shoal.conf"] for e in resources if "shoal.conf" in e.get("data", {})]
    else:
        cluster = find(resources, "RabbitmqCluster", "rabbitmq")
        config = [cluster["spec"]["rabbitmq"]["additionalConfig"]]
    assert re.search(r"^consumer_timeout = (\d+)$", config[0], re.M)[1] == str(30 * 24 * 3600 * 1000)


def test_only_tasker_and_workers_reach_the_broker(resources):
    rules = find(resources, "NetworkPolicy", "rabbitmq")["spec"]["ingress"]
    clients = [rule for rule in rules if {"port": 5672} in rule.get("ports", [])]
    assert len(clients) == 1 and len(clients[0]["from"]) == 1
    who = clients[0]["from"][0]["podSelector"]["matchExpressions"][0]
    assert who["values"] == ["tasker", "worker"]


def test_s3_is_given_to_tasker_and_workers(built, overlay):
    for name, meta, spec in pod_templates(built(overlay, "s3")):
        if meta["labels"].get("app.kubernetes.io/component") in ("tasker", "worker"):
            assert spec["containers"][0]["envFrom"] == [{"secretRef": {"name": "s3-secret"}}], name


def test_autoscaling_takes_the_place_of_the_job(built):
    resources = built("with-autoscaling")
    assert not one(resources, "Job", "worker")
    scaled = find(resources, "ScaledJob", "worker")
    plain = find(built("cloud-rwx"), "Job", "worker")["spec"]["template"]
    copy = json.loads(json.dumps(scaled["spec"]["jobTargetRef"]["template"]))
    copy["spec"]["containers"][0]["args"] = plain["spec"]["containers"][0]["args"]
    assert copy == plain
    trigger = scaled["spec"]["triggers"][0]
    queue = re.compile(trigger["metadata"]["queueName"])
    assert queue.search("shoal.01J5Z6A8N3Q4R5S6T7V8W9X0YZ.tasks.default")
    assert not queue.search("shoal.01J5Z6A8N3Q4R5S6T7V8W9X0YZ.results")
    assert f".{NAMESPACE}.svc:" in trigger["metadata"]["host"]
    assert scaled["spec"]["rollout"]["strategy"] == "gradual"
    find(resources, "TriggerAuthentication", trigger["authenticationRef"]["name"])


def test_a_deployment_takes_the_place_of_the_job(built):
    resources = built("with-deployment")
    assert not one(resources, "Job", "worker")
    spec = find(resources, "Deployment", "worker")["spec"]
    assert spec["replicas"] == find(built("cloud-rwx"), "Job", "worker")["spec"]["parallelism"]
    assert spec["template"]["spec"]["restartPolicy"] == "Always"
    assert "--keep" in spec["template"]["spec"]["containers"][0]["args"]


def test_the_dashboard_asks_for_metrics_that_exist(built):
    resources = built("single-computer", "monitoring")
    board = json.loads(find(resources, "ConfigMap", "shoal-dashboard")["data"]["shoal-dashboard.json"])
    text = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    asked = set(re.findall(r"\bshoal_\w+", text))
    assert {re.sub("_bucket$", "", name) for name in asked} == METRICS
    selector = find(resources, "PodMonitor", "shoal")["spec"]["selector"]
    assert selector["matchExpressions"][0]["values"] == ["tasker", "worker"]
