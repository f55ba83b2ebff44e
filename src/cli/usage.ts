const MOORING = `Usage: mooring COMMAND

A front door for pools of Socket.IO servers.

Commands:
  dev                run the whole edge on this machine, in front of any origins
  pools              show the pools of an edge: their origins, health and sessions
  ready NAME         let an origin have new sessions
  drain NAME         let an origin have no new sessions, and move those it has to others
  maint NAME         let an origin have neither new sessions nor health checks
  weight NAME N      set an origin's share of new sessions, 0 to 1000
  add URL            add an origin
  remove NAME        remove an origin

Options:
  -h, --help         say this; after a command, what the command takes
  -v, --version      say which version this is
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

const POOLS = `Usage: mooring pools [OPTIONS]
       mooring ready|drain|maint|remove NAME [OPTIONS]
       mooring weight NAME N [OPTIONS]
       mooring add URL [--name NAME] [--weight N] [--backup] [--max-connections N] [OPTIONS]

Shows the pools of a running edge, or changes an origin of one and shows that pool.
Changes are kept over restarts and deploys, until another one. Configuration says the rest.

  ready              gets new sessions
  drain              gets no new sessions, and those it has move to others
  maint              gets neither new sessions nor health checks
  weight             its share of new sessions against the others', 0 to 1000; 0: none
  add, remove        another origin; a configured one may be removed too

Options:
  --url URL              where the edge is, or MOORING_URL (default http://127.0.0.1:8787)
  --token TOKEN          the edge's MOORING_TOKEN; better in that variable, since others on
                         this machine can read arguments
  --pool NAME            which pool, where there are several
  --json                 print the edge's JSON in place of a table
  -h, --help             say this

Options of add:
  --name NAME            what to call it (default the URL's host and port)
  --weight N             its share (default 1)
  --backup               gets sessions only while no other origin is up
  --max-connections N    sessions that it may have at a time
`;

/** What --help says, by what it is asked of. */
export const USAGE = { mooring: MOORING, dev: DEV, pools: POOLS };

export type Topic = keyof typeof USAGE;
