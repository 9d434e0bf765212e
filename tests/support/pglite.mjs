// PGlite, Postgres in WebAssembly, in memory and on a port. It has pgvector, which the other
// databases of the tests lack. Prints the port; stops when its standard input closes.
//
// It has a single session. Connections come one after another and share its state.

import net from "node:net";

import { PGlite } from "@electric-sql/pglite";
import { fuzzystrmatch } from "@electric-sql/pglite/contrib/fuzzystrmatch";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { unaccent } from "@electric-sql/pglite/contrib/unaccent";
import { uuid_ossp } from "@electric-sql/pglite/contrib/uuid_ossp";
import { vector } from "@electric-sql/pglite/vector";

const TERMINATE = "X".charCodeAt(0);

// Splits the bytes of a connection into whole messages. The first has no type byte, only its
// length.
function splitter() {
  let rest = Buffer.alloc(0);
  let letter = 0;
  return function* messages(data) {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= letter + 4) {
      const length = letter + rest.readUInt32BE(letter);
      if (rest.length < length) return;
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
      letter = 1;
    }
  };
}

const extensions = { fuzzystrmatch, pg_trgm, pgcrypto, unaccent, uuid_ossp, vector };
const database = await PGlite.create({ extensions });

const server = net.createServer((socket) => {
  const messages = splitter();
  let turn = Promise.resolve();
  socket.on("data", (data) => {
    for (const message of messages(data)) {
      turn = turn.then(async () => {
        if (message[0] === TERMINATE) return socket.end();
        return socket.write(await database.execProtocolRaw(message));
      }).catch((error) => {
        console.error(error);
        socket.destroy();
      });
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
