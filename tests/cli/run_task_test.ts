/** How tasks are started: by their own permissions, and never left behind. */
import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { TASKS } from "../support/run_task.ts";

/** Processes of this machine that were started with a variable of this value. */
async function processesWith(variable: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environ = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!environ.split("\0").includes(variable)) continue;
      const command = await Deno.readTextFile(`/proc/${name}/cmdline`);
      // One that has ended and was not waited for has no command.
      if (command) found.push(`${name} ${command.replaceAll("\0", " ")}`);
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
  }
  return found;
}

Deno.test({
  name:
    "a failed test leaves no process behind, nor those that its task started",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "crowdtape-failed-" });
    const data = `${folder}/data`;
    const module = new URL("../support/run_task.ts", import.meta.url);
    await Deno.writeTextFile(
      `${folder}/failed_test.ts`,
      `import { startTask } from ${JSON.stringify(module.href)};
       Deno.test("fails", async () => {
         const demo = startTask(
           ["demo", "--port", "${freePort()}", "--api-port", "${freePort()}"],
           { CROWDTAPE_DATA: ${JSON.stringify(data)} },
         );
         await demo.says(/configuration: /);
         throw new Error("on purpose");
       });`,
    );
    try {
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "-A", "--no-check", `${folder}/failed_test.ts`],
        env: { NO_COLOR: "1" },
        stderr: "null",
      }).output();
      assert.equal(code, 1);
      assert.match(new TextDecoder().decode(stdout), /on purpose/);
      let left: string[] = [];
      for (let tries = 0; tries < 360; tries++) {
        left = await processesWith(`CROWDTAPE_DATA=${data}`);
        if (left.length === 0) break;
        await new Promise((wake) => setTimeout(wake, 500));
      }
      assert.deepEqual(left, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** The values of a flag in a task's command; null where it stands without, undefined where it does not stand. */
function flag(command: string, name: string): string[] | null | undefined {
  const found = new RegExp(`--${name}(?:=((?:\\$\\([^)]*\\)|[^\\s"])*))?`).exec(
    command.replaceAll(/\$\([^)]* (\w+(?: config)?)\)/g, "<$1>"),
  );
  return found && (found[1]?.split(",") ?? null) || (found ? null : undefined);
}

Deno.test("no task may do more than it does", () => {
  const own = Object.entries(TASKS).filter(([name]) =>
    !["test", "bench"].includes(name)
  );
  assert.ok(own.length > 10);
  // They build the site.
  const site = ["site", "dev"];
  for (const [name, { command }] of own) {
    assert.doesNotMatch(command, / -A|--allow-all/, name);
    assert.match(command, /^deno run --no-prompt /, name);
    // A path of the command line may be anywhere: those tasks read what they are told to.
    const anywhere = ["import", "correlate", "preview", "site", "dev"];
    assert.equal(
      flag(command, "allow-read") === null,
      anywhere.includes(name),
      name,
    );
    // The site's folder too.
    assert.equal(
      flag(command, "allow-write") === null,
      site.includes(name),
      name,
    );
    assert.ok(
      ["node_modules", undefined].includes(flag(command, "allow-ffi")?.join()),
      name,
    );
    const variables = flag(command, "allow-env");
    assert.equal(variables === null, site.includes(name), name);
    assert.equal(
      variables?.includes("X_BEARER_TOKEN") ?? false,
      ["collect", "run"].includes(name),
      name,
    );
    // Framework bundles with a program of its own.
    assert.equal(
      flag(command, "allow-run") === null,
      site.includes(name),
      name,
    );
  }
});
