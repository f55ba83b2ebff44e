import type { Socket } from "socket.io";
import type { Data, NamedEvent } from "../wire/hub/content.ts";
import { formatOffset } from "../wire/recovery/offset.ts";
import { isEventName } from "./data.ts";
import { writeArguments } from "./server-insides.ts";

/** Writes an event to one socket, its name behind its arguments. */
export function writeEvent(
  socket: Socket,
  { name, data }: NamedEvent,
  decode: (data: Data) => unknown,
): void {
  const args: unknown = decode(data);
  if (!isList(args) || !isEventName(args[0])) return;
  writeArguments(socket, [...args, formatOffset(name)], {});
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
