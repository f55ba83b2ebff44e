import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Place, Source, SyntaxNode } from "./syntax.ts";
import {
  identifierName,
  importsOf,
  isSyntaxNode,
  lineAt,
  lineCount,
  nameAt,
  parse,
  places,
} from "./syntax.ts";

const MAX_FILE_LINES = 300;
const MAX_OBJECT_CLASS_LINES = 150;

/** The rooms of src beside edge, and which rooms each may import. */
const MAY_IMPORT = new Map([
  ["wire", ["wire"]],
  ["core", ["core", "wire"]],
  ["origin", ["origin", "core", "wire"]],
  ["cli", ["cli", "core", "wire"]],
]);

const EDGE_ROOMS = new Set(["entry", "session", "upstream", "pool", "hub"]);

/** What all rooms of edge share: settings, the contracts through which they call each other, the one log, the one way to read a body. */
const EDGE_SHARED = new Set(["env", "settings", "contracts", "log", "answers", "read-bytes"]);

const PURE_ROOMS = new Set(["wire", "core"]);

/** What reaches the network, the clock, timers, randomness or the process, or everything at once. */
const IMPURE_NAMES = new Set(
  `fetch WebSocket XMLHttpRequest EventSource
  setTimeout setInterval setImmediate queueMicrotask
  crypto performance console process
  globalThis require eval`.split(/\s+/),
);

const VAGUE_NAME = /^(index|misc)$|(^|-)(utils?|helpers?|common|managers?)$/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** What is wrong with a file's name; the same anywhere in the project. */
export function nameFaults({ path }: { path: string }): string[] {
  const stem = posix.basename(path).replace(/(\.test|\.d)?\.ts$/, "");
  if (VAGUE_NAME.test(stem)) return [`${path}: "${stem}" doesn't say what the file holds`];
  return KEBAB_CASE.test(stem) ? [] : [`${path}: "${stem}" is not kebab-case`];
}

/** Whether a test stands where no project of vitest.config.ts looks, and so would never run. */
export function testPlaceFaults({ path }: { path: string }): string[] {
  const isFound = /^test\/((wire|core|edge|origin|e2e)\/.+|layout)\.test\.ts$/.test(path);
  return path.endsWith(".test.ts") && !isFound ? [`${path}: no project runs this test`] : [];
}

/** What a file of src breaks of the layout: who imports whom, purity, sizes. */
export function sourceFaults(source: Source): string[] {
  const root = parse(source);
  return [
    ...importFaults(source, root),
    ...purityFaults(source, root),
    ...fileSizeFaults(source),
    ...objectClassFaults(source, root),
  ];
}

/** `wire`, `core`, ... of a path under src; `edge/entry` and the like for edge's rooms; undefined elsewhere. */
function roomOf(path: string): string | undefined {
  const [src, room, inner] = path.split("/");
  if (src !== "src" || room === undefined || inner === undefined) return undefined;
  return room === "edge" ? `edge/${inner.replace(/\.ts$/, "")}` : room;
}

function mayImport(from: string, to: string): boolean {
  const rooms = MAY_IMPORT.get(from);
  if (rooms !== undefined) return rooms.includes(to);
  if (to === "wire" || to === "core") return true;
  if (!to.startsWith("edge/") || to === "edge/worker") return false;
  return from === "edge/worker" || from === to || EDGE_SHARED.has(to.slice("edge/".length));
}

function isRoom(room: string): boolean {
  const inner = room.startsWith("edge/") ? room.slice("edge/".length) : undefined;
  if (inner === undefined) return MAY_IMPORT.has(room);
  return inner === "worker" || EDGE_ROOMS.has(inner) || EDGE_SHARED.has(inner);
}

function importFaults({ path, text }: Source, root: SyntaxNode): string[] {
  const from = roomOf(path);
  if (from === undefined || !isRoom(from)) return [`${path}: stands in no room of the design`];
  return importsOf(root, text).flatMap(({ specifier, line }) => {
    const fault = specifierFault(path, from, specifier);
    return fault === undefined ? [] : [`${path}:${line}: ${fault}`];
  });
}

function specifierFault(path: string, from: string, specifier?: string): string | undefined {
  if (specifier === undefined) return "imports something that only shows when it runs";
  if (!specifier.startsWith(".")) return packageFault(from, specifier);
  const target = posix.join(posix.dirname(path), specifier);
  if (target === "package.json") return undefined;
  if (!/\.(ts|json)$/.test(target)) return `imports ${specifier} without its extension`;
  const to = roomOf(target);
  return to !== undefined && mayImport(from, to) ? undefined : `${from} may not import ${target}`;
}

function packageFault(from: string, specifier: string): string | undefined {
  const isOfAHost = isBuiltin(specifier) || /^[a-z]+:/.test(specifier);
  return PURE_ROOMS.has(from) && isOfAHost ? `${from} may not import ${specifier}` : undefined;
}

function purityFaults({ path, text }: Source, root: SyntaxNode): string[] {
  if (!PURE_ROOMS.has(roomOf(path) ?? "")) return [];
  return [...places(root)].flatMap((place) => {
    const name = impureName(place);
    const line = lineAt(text, place.node.start);
    return name === undefined ? [] : [`${path}:${line}: pure code may not name ${name}`];
  });
}

function impureName(place: Place): string | undefined {
  const name = nameAt(place);
  if (name === undefined) return undefined;
  if (name === "Math") return isPureMath(place) ? undefined : "Math but for a pure member of it";
  if (name === "Date") return isPureDate(place) ? undefined : "Date but for a given instant";
  return IMPURE_NAMES.has(name) ? name : undefined;
}

function isPureMath({ parent, field }: Place): boolean {
  if (parent.type !== "MemberExpression" || field !== "object") return false;
  return parent.computed !== true && identifierName(parent.property) !== "random";
}

// A Date that somebody hands over, or that is made of a given instant, reads no clock. A spread may be empty.
function isPureDate({ parent, field }: Place): boolean {
  if (parent.type === "TSTypeReference") return true;
  if (parent.type !== "NewExpression" || field !== "callee") return false;
  const given: unknown = Array.isArray(parent.arguments) ? parent.arguments[0] : undefined;
  return isSyntaxNode(given) && given.type !== "SpreadElement";
}

function fileSizeFaults({ path, text }: Source): string[] {
  const lines = lineCount(text);
  return lines < MAX_FILE_LINES ? [] : [`${path}: ${lines} lines, not under ${MAX_FILE_LINES}`];
}

function objectClassFaults({ path, text }: Source, root: SyntaxNode): string[] {
  return [...places(root)].flatMap(({ node }) => {
    if (!isObjectClass(node)) return [];
    const lines = lineCount(text.slice(node.start, node.end));
    if (lines < MAX_OBJECT_CLASS_LINES) return [];
    const name = identifierName(node.id) ?? "an object class";
    return [`${path}: ${name} has ${lines} lines, not under ${MAX_OBJECT_CLASS_LINES}`];
  });
}

function isObjectClass(node: SyntaxNode): boolean {
  const isClass = node.type === "ClassDeclaration" || node.type === "ClassExpression";
  return isClass && identifierName(node.superClass) === "DurableObject";
}
