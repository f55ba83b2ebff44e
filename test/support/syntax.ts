import { parseSync } from "vite";

/** A file of the project: its path from the root, with `/`, and what it says. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** A node of the tree: ESTree, with nodes of TypeScript's own. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A node and the place where it stands. */
export interface Place {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode;
  readonly field: string;
}

/** What a file imports; undefined where the specifier is an expression and so can't be known. */
export interface ModuleImport {
  readonly specifier: string | undefined;
  readonly line: number;
}

const IMPORTING = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/** The tree of a file; throws when the file doesn't parse. */
export function parse({ path, text }: Source): SyntaxNode {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} doesn't parse: ${errors[0]?.message}`);
  return { ...program };
}

/** Every node below `parent`, each with its place, in the order of the text. */
export function* places(parent: SyntaxNode): Generator<Place> {
  for (const [field, value] of Object.entries(parent)) {
    const children: unknown[] = Array.isArray(value) ? value : [value];
    for (const node of children) {
      if (!isSyntaxNode(node)) continue;
      yield { node, parent, field };
      yield* places(node);
    }
  }
}

/** All imports and re-exports, of types too: static, dynamic and `import("x").T`. */
export function importsOf(root: SyntaxNode, text: string): ModuleImport[] {
  const found: ModuleImport[] = [];
  for (const { node } of places(root)) {
    if (!IMPORTING.has(node.type) || node.source === null) continue;
    found.push({ specifier: literalText(node.source), line: lineAt(text, node.start) });
  }
  return found;
}

/** The name where an identifier refers to something or declares it; undefined for keys, members and all else. */
export function nameAt({ node, parent, field }: Place): string | undefined {
  const isLabel = field === "key" || field === "property" || parent.type === "TSQualifiedName";
  const isMember = isLabel && field !== "left" && parent.computed !== true;
  return isMember ? undefined : identifierName(node);
}

export function identifierName(node: unknown): string | undefined {
  if (!isSyntaxNode(node) || node.type !== "Identifier") return undefined;
  return typeof node.name === "string" ? node.name : undefined;
}

export function literalText(node: unknown): string | undefined {
  if (!isSyntaxNode(node) || node.type !== "Literal") return undefined;
  return typeof node.value === "string" ? node.value : undefined;
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

export function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  if (typeof value !== "object" || value === null) return false;
  return "type" in value && typeof value.type === "string" && "start" in value && "end" in value;
}
