import type { BuildOptions } from "esbuild";
import { packageFile } from "./package-files.ts";

/** How the Worker becomes one module, for `mooring dev` from sources and for the published package alike. */
export const WORKER_BUNDLE = {
  absWorkingDir: packageFile("."),
  entryPoints: ["src/edge/worker.ts"],
  bundle: true,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
} satisfies BuildOptions;

/** The sources' Worker, bundled as they are now. */
export async function bundleWorker(): Promise<string> {
  // Not at the top: the published package has no bundler, and needs none.
  const { build, stop } = await import("esbuild");
  try {
    const built = await build({ ...WORKER_BUNDLE, write: false, sourcemap: "inline" });
    return built.outputFiles.map((file) => file.text).join("");
  } finally {
    await stop();
  }
}
