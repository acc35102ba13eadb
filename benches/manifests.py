#!/usr/bin/env python3
"""Writes a folder of manifests to measure with: the same ones every time.

  benches/manifests.py FOLDER [--objects 10000] [--per-file 10]

Of ten objects, five are Deployments, two Services, and one each a ConfigMap, a ServiceAccount and a NetworkPolicy; a
namespace has a hundred. One Deployment in seven has a privileged container.
"""
import argparse, json, pathlib


def metadata(index, kind):
    namespace = f"team-{index // 100:04}"
    labels = {"app": f"app-{index}", "team": namespace}
    return {"name": f"{kind.lower()}-{index}", "namespace": namespace, "labels": labels}


def deployment(index):
    container = {
        "name": "app",
        "image": f"registry.example.com/team/app-{index % 40}:1.{index % 9}.0",
        "ports": [{"containerPort": 8080, "name": "http"}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "PORT", "value": "8080"}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {"privileged": index % 7 == 0, "runAsNonRoot": index % 3 == 0},
    }
    labels = {"app": f"app-{index}"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}


def service(index):
    spec = {"selector": {"app": f"app-{index - 5}"}, "ports": [{"port": 80, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "spec": spec}


def config_map(index):
    data = {"application.properties": "\n".join(f"feature.{n}.enabled=true" for n in range(20))}
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": data}


def service_account(index):
    return {"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": index % 2 == 0}


def network_policy(index):
    spec = {"podSelector": {"matchLabels": {"app": f"app-{index - 9}"}}, "policyTypes": ["Ingress"]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": spec}


MAKE = [deployment] * 5 + [service] * 2 + [config_map, service_account, network_policy]


def document(index):
    made = MAKE[index % len(MAKE)](index)
    lines = ["---"]
    version, kind = made.pop("apiVersion"), made.pop("kind")
    write({"apiVersion": version, "kind": kind, "metadata": metadata(index, kind), **made}, 0, lines)
    return "\n".join(lines) + "\n"


def write(value, indent, lines):
    space = "  " * indent
    for key, value in value.items():
        if isinstance(value, dict):
            lines.append(f"{space}{key}:")
            write(value, indent + 1, lines)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{space}{key}:")
            for entry in value:
                start = len(lines)
                write(entry, indent + 1, lines)
                lines[start] = f"{space}- {lines[start].strip()}"
        else:
            lines.append(f"{space}{key}: {json.dumps(value)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--per-file", type=int, default=10)
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    for first in range(0, options.objects, options.per_file):
        last = min(first + options.per_file, options.objects)
        text = "".join(document(index) for index in range(first, last))
        (options.folder / f"{first:06}.yaml").write_text(text)


main()
