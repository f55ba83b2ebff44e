const MOORING = `Usage: mooring COMMAND

A front door for pools of Socket.IO servers.

Commands:
  dev          run the whole edge on this machine, in front of any origins

Options:
  -h, --help     say this; after a command, what the command takes
  -v, --version  say which version this is
`;

const DEV = `Usage: mooring dev [OPTIONS]

Runs the whole edge on this machine, in workerd, in front of any Socket.IO servers.
Says "Mooring is ready on http://HOST:PORT" on stdout once it serves; what the edge
logs goes to stderr. SIGINT and SIGTERM end it.

Options:
  --origin URL       a Socket.IO server, as http://HOST:PORT or NAME=http://HOST:PORT;
                     repeat it for each one
  --port PORT        where clients connect; 0 takes any free port (default 8787)
  --host HOST        the address to listen on (default 127.0.0.1)
  --var KEY=VALUE    a setting of the Worker; repeat it for each one
  --state DIR        keep the objects' storage there over restarts; without it,
                     storage goes when the process does
  -h, --help         say this

What no option sets is as in the wrangler.toml of this folder, if that one binds the
class SessionObject, and otherwise as in the one that comes with Mooring.
`;

/** What --help says, by what it is asked of. */
export const USAGE = { mooring: MOORING, dev: DEV };
