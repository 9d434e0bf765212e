// The whole stack in order: Postgres, platform schemas, migrations and seeds, an optional pooler or
// replica, then REST, Auth, Storage, gateway and service. A part that fails stops all others.

import { mkdirSync } from "node:fs";
import path from "node:path";

import { captureConsole, startAuth } from "./auth.mjs";
import { openGateway } from "./gateway.mjs";
import { applyMigrations, preparePlatform } from "./migrations.mjs";
import { startPool } from "./pool.mjs";
import { startPostgres } from "./postgres.mjs";
import { Problem } from "./problem.mjs";
import { Processes } from "./processes.mjs";
import { startReplica } from "./replica.mjs";
import { startRest } from "./rest.mjs";
import { startService } from "./service.mjs";
import { startStorage } from "./storage.mjs";
import { startWeb } from "./web.mjs";

export class Stack {
  #parts = [];
  #gateway = null;
  #stopping = null;

  // `onFailure(problem)` is called when a part of the running stack ends unexpectedly.
  constructor({ settings, folder, log, fast, buffers, scratch, onFailure, onChange = () => {} }) {
    this.settings = settings;
    this.folder = folder;
    this.log = log;
    this.fast = fast;
    this.buffers = buffers;
    this.onFailure = onFailure;
    this.processes = new Processes({ log, scratch, onChange: () => onChange(this.processes.list()) });
  }

  // `pooled` puts a pooler in transaction mode between PostgREST and Postgres; `replicated` sends
  // reads to a PostgREST on a streaming replica.
  async start({ service, seeds, pooled = false, replicated = false }) {
    const { settings, folder, log, processes } = this;
    const { jwtSecret } = settings;
    const siteUrl = settings.env.CORS_ORIGINS?.split(",")[0].trim() || settings.gateway.url;
    const onExit = (name) => (reason) =>
      this.onFailure(new Problem(`${name} ${reason}; the lines above say why. The stack stops.`));
    const times = {};
    const timed = async (name, work) => {
      const started = performance.now();
      const result = await work;
      times[name] = Math.round(performance.now() - started);
      return result;
    };

    captureConsole(log);
    mkdirSync(folder, { recursive: true });
    this.#gateway = await openGateway({ port: settings.gateway.port, settings, log });
    const database = await timed("postgres", this.#add(startPostgres({
      dataDir: path.join(folder, "postgres"),
      port: settings.database.port,
      fast: this.fast,
      buffers: this.buffers,
      processes,
      log,
      onExit: onExit("Postgres"),
    })));
    await timed("platform", preparePlatform({
      superuserUrl: database.superuserUrl, settings, siteUrl,
    }));
    const { password } = settings.database;
    const databaseUrl = database.urlFor("postgres", password);
    const applied = await timed("migrations", applyMigrations({
      databaseUrl,
      seeds,
      processes,
      log,
      hashFile: this.fast ? null : path.join(folder, "migrations.json"),
    }));

    const pool = pooled
      ? await timed("pool", this.#add(startPool({
        folder: path.join(folder, "pool"),
        databasePort: settings.database.port,
        users: { postgres: password, authenticator: "postgres" },
        processes,
        log,
        onExit: onExit("PgBouncer"),
      })))
      : null;
    const replica = replicated
      ? await timed("replica", this.#add(startReplica({
        primary: database,
        dataDir: path.join(folder, "replica"),
        fast: this.fast,
        processes,
        log,
        onExit: onExit("The replica"),
      })))
      : null;
    const secretOf = (role) => (role === "postgres" ? password : "postgres");
    const restOn = (behind, urlFor) => this.#add(startRest({
      gatewayUrl: settings.gateway.url,
      urlFor, behind, jwtSecret, siteUrl, processes, log, onExit: onExit("PostgREST"),
    }));
    const [rest, reader, auth, storage] = await Promise.all([
      timed("rest", pool
        ? restOn("pooler", pool.urlFor)
        : restOn("primary", (role) => database.urlFor(role, secretOf(role)))),
      replica && restOn("replica", (role) => replica.urlFor(role, secretOf(role))),
      timed("auth", this.#add(startAuth({
        url: database.urlFor("supabase_auth_admin", "postgres"),
        jwtSecret,
        siteUrl,
        gatewayUrl: settings.gateway.url,
        pages: (settings.env.CORS_ORIGINS ?? "").split(",").map((page) => page.trim()).filter(Boolean),
        log,
      }))),
      timed("storage", this.#add(startStorage({
        url: database.urlFor("supabase_storage_admin", "postgres"),
        jwtSecret,
        folder: path.join(folder, "storage"),
      }))),
    ]);
    this.#gateway.serve({ auth, storage, rest, reader: reader ?? rest });
    // After the gateway: the service calls it while it starts.
    const app = service
      ? await timed("service", this.#add(
        startService({ settings, processes, onExit: onExit("The service") })))
      : null;
    return {
      applied,
      times,
      databaseUrl,
      pooledUrl: pool?.urlFor("postgres") ?? null,
      superuserUrl: database.superuserUrl,
      restUrl: rest.url ?? null,
      replica: replica && {
        databaseUrl: replica.urlFor("postgres", password),
        superuserUrl: replica.superuserUrl,
        restUrl: reader.url,
      },
      pids: {
        stack: process.pid,
        postgres: database.pid,
        ...(pool ? { pool: pool.pid } : {}),
        ...(replica ? { replica: replica.pid } : {}),
        ...(rest.pid ? { rest: rest.pid } : {}),
        ...(app ? { service: app.pid } : {}),
      },
    };
  }

  // Whether the stack goes on after an error that reached no caller.
  recover(error) {
    return this.#parts.map((part) => part.recover?.(error)).some(Boolean);
  }

  async startServiceAlone() {
    const onExit = (reason) => this.onFailure(new Problem(`The service ${reason}.`));
    await this.#add(startService({ settings: this.settings, processes: this.processes, onExit }));
  }

  // The front end, which needs nothing of the others to start.
  async startWeb() {
    const onExit = (reason) => this.onFailure(new Problem(`The front end ${reason}.`));
    await this.#add(startWeb({ settings: this.settings, processes: this.processes, onExit }));
  }

  async #add(starting) {
    const part = await starting;
    this.#parts.push(part);
    return part;
  }

  // Stops the gateway, then the parts in reverse order, then the remaining processes. May be called
  // at any time, also during start-up.
  stop() {
    this.#stopping ??= (async () => {
      for (const part of [this.#gateway, ...this.#parts.reverse()]) {
        await part?.stop().catch((error) => this.log.write("stack", String(error)));
      }
      await this.processes.close();
    })();
    return this.#stopping;
  }
}
