/** What stands in `collector/api/prometheus`, by promtool and a Prometheus that scrapes a collector. */
import assert from "node:assert/strict";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { emptyData } from "../support/empty_database.ts";
import { freePort } from "../support/free_port.ts";
import { test } from "../support/requirements.ts";
import { startTask } from "../support/run_task.ts";

const FILES = new URL("../../collector/api/prometheus/", import.meta.url);

/** Runs promtool over files or a text; it must find nothing. */
async function promtool(args: string[], text?: string): Promise<void> {
  const tool = new Deno.Command("promtool", {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = tool.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text ?? ""));
  await writer.close();
  const { success, stdout, stderr } = await tool.output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  assert.ok(success, said);
  if (text !== undefined) assert.equal(said, "");
}

const path = (name: string) => new URL(name, FILES).pathname;

/** What the dashboard asks, panel by panel. */
async function asked(): Promise<string[]> {
  const { panels } = JSON.parse(
    await Deno.readTextFile(path("dashboard.json")),
  );
  return panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
    targets.map(({ expr }) => expr)
  );
}

test("rules and configuration, by promtool", ["prometheus"], async (t) => {
  await t.step("they are read", async () => {
    await promtool(["check", "config", path("prometheus.yml")]);
    await promtool(["check", "rules", path("alerts.yml")]);
  });
  await t.step("each alert fires for what it is about", async () => {
    const cases = new URL("alerts.promtool.yml", import.meta.url).pathname;
    await promtool(["test", "rules", cases]);
    const names = (text: string, key: RegExp) =>
      [...text.matchAll(key)].map(([, name]) => name).sort();
    assert.deepEqual(
      names(await Deno.readTextFile(cases), /- name: (\w+)/g),
      names(await Deno.readTextFile(path("alerts.yml")), /- alert: (\w+)/g),
    );
  });
});

test("a Prometheus scrapes a collector", ["prometheus"], async (t) => {
  const data = await emptyData();
  const sandbox = await startSandbox({ days: 1 });
  let gone = false;
  const config = {
    ...sandbox.config,
    venues: {
      upbit: {
        markets: ["KRW-BTC"],
        channels: ["trade", "ticker"],
        ...sandbox.upbit,
      },
    },
    communities: {},
    rates: {},
    api: { port: 0 },
  };
  await Deno.writeTextFile(`${data}/config.json`, JSON.stringify(config));
  const collector = startTask(["collect"], {
    CROWDTAPE_DATA: data,
    CROWDTAPE_CONFIG: `${data}/config.json`,
  });
  const port = freePort();
  let prometheus: Deno.ChildProcess | null = null;
  const ask = async (query: string) => {
    const answer = await fetch(
      `http://127.0.0.1:${port}/api/v1/query?query=${
        encodeURIComponent(query)
      }`,
    );
    const { status, data, error } = await answer.json();
    assert.equal(status, "success", `${query}: ${error}`);
    return data.result as {
      metric: Record<string, string>;
      value: [number, string];
    }[];
  };
  /** Asks until there is an answer. */
  const until = async (query: string) => {
    for (let i = 0; i < 240; i++) {
      const found = await ask(query).catch(() => []);
      if (found.length > 0) return found;
      await new Promise((wake) => setTimeout(wake, 500));
    }
    assert.fail(`no answer to ${query}`);
  };
  try {
    await collector.says(/API: http\S+healthz/);
    const { host, origin } = new URL(
      /http\S+healthz/.exec(collector.said())![0],
    );
    const settings = (await Deno.readTextFile(path("prometheus.yml")))
      .replace("127.0.0.1:8787", host)
      .replaceAll(/_interval: 15s/g, "_interval: 1s")
      .replace("[alerts.yml]", `[${path("alerts.yml")}]`);
    await Deno.writeTextFile(`${data}/prometheus.yml`, settings);
    prometheus = new Deno.Command("prometheus", {
      args: [
        `--config.file=${data}/prometheus.yml`,
        `--storage.tsdb.path=${data}/prometheus`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      stdout: "null",
      stderr: "inherit",
    }).spawn();

    await t.step("metrics by the conventions", async () => {
      await until('up{job="crowdtape"} == 1');
      await until("crowdtape_sockets_up == 1");
      await until("crowdtape_events_total > 0");
      const text = await (await fetch(`${origin}/metrics`)).text();
      assert.match(text, /crowdtape_backlog_events/);
      await promtool(["check", "metrics"], text);
    });

    await t.step("the dashboard asks what there is", async () => {
      const source = await Promise.all(
        ["../metrics.ts", "../process_metrics.ts"].map((file) =>
          Deno.readTextFile(path(file))
        ),
      );
      const known = new Set(
        [...source.join().matchAll(/"(crowdtape_\w+)"/g)].map(([, n]) => n),
      );
      const queries = await asked();
      const rules = await Deno.readTextFile(path("alerts.yml"));
      for (const query of queries) await ask(query);
      for (
        const [name] of [...queries, rules].join().matchAll(/crowdtape_\w+/g)
      ) {
        assert.ok(known.has(name), `${name} is no metric`);
      }
      const [up] = await ask(queries[0]!);
      assert.deepEqual([up!.metric.venue, up!.value[1]], ["upbit", "1"]);
    });

    await t.step("a venue that is gone is an alert", async () => {
      assert.deepEqual(await ask('ALERTS{alertname="VenueDisconnected"}'), []);
      await sandbox.close();
      gone = true;
      const [alert] = await until('ALERTS{alertname="VenueDisconnected"}');
      assert.equal(alert!.metric.venue, "upbit");
    });
  } finally {
    collector.stop();
    await collector.ended;
    if (prometheus) {
      prometheus.kill("SIGTERM");
      await prometheus.status;
    }
    if (!gone) await sandbox.close();
    await Deno.remove(data, { recursive: true });
  }
});
