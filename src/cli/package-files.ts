import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/**
 * Whether this runs from sources. Built, the files of this room are one script, dist/cli/main.js, at the same depth,
 * so that ROOT is the package's own folder both ways.
 */
export const isSource = import.meta.url.endsWith(".ts");

/** The path of a file of the package. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
    return String(manifest.version);
  }
  throw new Error("package.json: expected a version, got none.");
}
