/** Builds dist/, which is what the npm package ships: the Worker and what servers use, with types, and the command. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { packageFile } from "../src/cli/package-files.ts";
import { WORKER_BUNDLE } from "../src/cli/worker-bundle.ts";

rmSync(packageFile("dist"), { recursive: true, force: true });

const worker = await build({ ...WORKER_BUNDLE, outdir: "dist/edge", metafile: true });

const command = await build({
  absWorkingDir: packageFile("."),
  entryPoints: ["src/cli/main.ts"],
  outdir: "dist/cli",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["workerd", "esbuild"],
  metafile: true,
});

const servers = [];
for (const [format, extension] of [
  ["esm", "js"],
  ["cjs", "cjs"],
] as const) {
  servers.push(
    await build({
      absWorkingDir: packageFile("."),
      entryPoints: ["src/origin/origin.ts"],
      outfile: `dist/origin/origin.${extension}`,
      bundle: true,
      format,
      platform: "node",
      target: "node20",
      // The adapter has to be of the very class that the user's Socket.IO knows.
      external: ["socket.io-adapter", "ws", "@msgpack/msgpack"],
      metafile: true,
    }),
  );
}

copyFileSync(packageFile("scripts/types/worker.d.ts"), packageFile("dist/edge/worker.d.ts"));
for (const types of ["origin.d.ts", "origin.d.cts"]) {
  copyFileSync(
    packageFile("scripts/origin-types/origin.d.ts"),
    packageFile(`dist/origin/${types}`),
  );
}

const inputs = [worker, command, ...servers].flatMap((built) => Object.keys(built.metafile.inputs));
writeFileSync(packageFile("dist/THIRD-PARTY-NOTICES.txt"), notices(inputs));

/** The licences of what is bundled, which its authors ask to go along with every copy. */
function notices(paths: readonly string[]): string {
  const names = paths.map((path) => /^node_modules\/((@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  const bundled = [...new Set(names)].filter((name) => name !== undefined).toSorted();
  return bundled.map((name) => `# ${name}\n\n${licence(name)}\n`).join("\n");
}

function licence(name: string): string {
  const folder = packageFile(`node_modules/${name}`);
  const path = ["LICENSE", "LICENSE.md", "LICENCE"]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
  if (path === undefined) {
    throw new Error(`${name}: expected a licence file in ${folder}, got none.`);
  }
  return readFileSync(path, "utf8").trim();
}
