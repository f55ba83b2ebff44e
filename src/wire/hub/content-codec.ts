import type { Address, Content, Handover, Request, Response, SessionRecord } from "./content.ts";
import { FieldReader } from "./field-reader.ts";
import { FieldWriter, nameField, placeField, roomsField, someRooms } from "./field-writer.ts";
import type { Body } from "./message.ts";
import { vectorField } from "./vector-field.ts";

/** The body of `publish`. */
export function encodeContent(content: Content): Body {
  const to = new FieldWriter();
  const { type, nsp } = content;
  switch (type) {
    case "event": {
      const { flags, isKept, data } = content;
      return to.finish({
        type,
        nsp,
        ...addressFields(content.to),
        volatile: flags.volatile,
        compress: flags.compress,
        kept: isKept,
        data: to.data(data),
      });
    }
    case "join":
    case "leave":
      return to.finish({
        type,
        nsp,
        ...addressFields(content.to),
        [type]: roomsField(content.rooms),
      });
    case "disconnect":
      return to.finish({ type, nsp, ...addressFields(content.to), close: content.close });
    case "server-event":
      return to.finish({ type, nsp, data: to.data(content.data) });
    case "notice": {
      const { sid, place, seen } = content;
      return to.finish({ type, nsp, sid, place: placeField(place), seen: vectorField(seen) });
    }
    case "forward": {
      const { sid, name, data } = content;
      return to.finish({ type, nsp, sid, name: nameField(name), data: to.data(data) });
    }
  }
}

/** `undefined` for what is no content. */
export function decodeContent(body: Body): Content | undefined {
  return FieldReader.read(body, contentIn);
}

/** The body of `request`. */
export function encodeRequest(request: Request): Body {
  const to = new FieldWriter();
  const { type, nsp } = request;
  switch (type) {
    case "fetch-sockets":
      return to.finish({ type, nsp, ...addressFields(request.to) });
    case "server-event":
      return to.finish({ type, nsp, data: to.data(request.data) });
    case "event": {
      const { flags, timeoutMs, data } = request;
      return to.finish({
        type,
        nsp,
        ...addressFields(request.to),
        volatile: flags.volatile,
        compress: flags.compress,
        timeoutMs,
        data: to.data(data),
      });
    }
    case "ask":
      return to.finish({ type, nsp, pid: request.pid, offset: request.offset });
  }
}

export function decodeRequest(body: Body): Request | undefined {
  return FieldReader.read(body, requestIn);
}

/** The body of `respond`. */
export function encodeResponse(response: Response): Body {
  const to = new FieldWriter();
  const { type } = response;
  switch (type) {
    case "none":
      return to.finish({ type });
    case "sockets":
    case "ack":
      return to.finish({ type, data: to.data(response.data) });
    case "client-count":
      return to.finish({ type, count: response.count });
    case "known": {
      const { place, handover } = response;
      return to.finish({
        type,
        place: placeField(place),
        ...(handover && handoverFields(to, handover)),
      });
    }
  }
}

export function decodeResponse(body: Body): Response | undefined {
  return FieldReader.read(body, responseIn);
}

/** What is sealed, and then goes to the edge. */
export function encodeRecord({ nsp, session, place, vector, at, by }: SessionRecord): Uint8Array {
  const to = new FieldWriter();
  return to.finish({
    nsp,
    session: to.session(session),
    place: placeField(place),
    vector: vectorField(vector),
    at,
    by,
  });
}

export function decodeRecord(bytes: Uint8Array): SessionRecord | undefined {
  return FieldReader.read(bytes, (from) => {
    const by = from.uid("by");
    return (
      by && {
        nsp: from.text("nsp"),
        session: from.session("session"),
        place: from.place("place"),
        vector: from.vector("vector"),
        at: from.count("at"),
        by,
      }
    );
  });
}

function contentIn(from: FieldReader): Content | undefined {
  const { type } = from;
  switch (type) {
    case "event":
      return {
        type,
        nsp: from.text("nsp"),
        to: from.address(),
        flags: from.flags(),
        isKept: from.flag("kept"),
        data: from.data("data"),
      };
    case "join":
    case "leave":
      return { type, nsp: from.text("nsp"), to: from.address(), rooms: from.rooms(type) };
    case "disconnect":
      return { type, nsp: from.text("nsp"), to: from.address(), close: from.flag("close") };
    case "server-event":
      return { type, nsp: from.text("nsp"), data: from.data("data") };
    case "notice":
      return {
        type,
        nsp: from.text("nsp"),
        sid: from.text("sid"),
        place: from.place("place"),
        seen: from.vector("seen"),
      };
    case "forward":
      return forwardIn(from);
    default:
      return undefined;
  }
}

function forwardIn(from: FieldReader): Content | undefined {
  const name = from.name("name");
  const [nsp, sid] = [from.text("nsp"), from.text("sid")];
  return name && { type: "forward", nsp, sid, name, data: from.data("data") };
}

function requestIn(from: FieldReader): Request | undefined {
  const { type } = from;
  switch (type) {
    case "fetch-sockets":
      return { type, nsp: from.text("nsp"), to: from.address() };
    case "server-event":
      return { type, nsp: from.text("nsp"), data: from.data("data") };
    case "event":
      return {
        type,
        nsp: from.text("nsp"),
        to: from.address(),
        flags: from.flags(),
        timeoutMs: from.span("timeoutMs"),
        data: from.data("data"),
      };
    case "ask":
      return {
        type,
        nsp: from.text("nsp"),
        pid: from.text("pid"),
        offset: from.text("offset"),
      };
    default:
      return undefined;
  }
}

function responseIn(from: FieldReader): Response | undefined {
  const { type } = from;
  switch (type) {
    case "none":
      return { type };
    case "sockets":
    case "ack":
      return { type, data: from.data("data") };
    case "client-count":
      return { type, count: from.count("count") };
    case "known":
      return {
        type,
        place: from.place("place"),
        handover: from.has("session") ? handoverIn(from) : undefined,
      };
    default:
      return undefined;
  }
}

function addressFields({ rooms, except }: Address): object {
  return { rooms: someRooms(rooms), except: someRooms(except) };
}

function handoverFields(to: FieldWriter, { session, vector, tail }: Handover): object {
  return {
    session: to.session(session),
    vector: vectorField(vector),
    tail: to.events(tail),
  };
}

function handoverIn(from: FieldReader): Handover {
  return {
    session: from.session("session"),
    vector: from.vector("vector"),
    tail: from.events("tail"),
  };
}
