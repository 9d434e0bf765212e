// The whole stack in order: Postgres, platform stand-in, migrations and seeds, then REST, Auth,
// gateway and service. It either runs whole or not at all.

import { mkdirSync } from "node:fs";
import path from "node:path";

import { captureConsole, startAuth } from "./auth.mjs";
import { openGateway } from "./gateway.mjs";
import { applyMigrations, preparePlatform } from "./migrations.mjs";
import { startPostgres } from "./postgres.mjs";
import { Problem } from "./problem.mjs";
import { Processes } from "./processes.mjs";
import { startRest } from "./rest.mjs";
import { startService } from "./service.mjs";

export class Stack {
  #parts = [];
  #gateway = null;
  #stopping = null;

  // `onFailure(problem)` is called when a part of the running stack ends by itself.
  constructor({ settings, folder, log, fast, scratch, onFailure, onChange = () => {} }) {
    this.settings = settings;
    this.folder = folder;
    this.log = log;
    this.fast = fast;
    this.onFailure = onFailure;
    this.processes = new Processes({ log, scratch, onChange: () => onChange(this.processes.list()) });
  }

  async start({ service, seeds }) {
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

    const [rest, auth, app] = await Promise.all([
      timed("rest", this.#add(startRest({
        urlFor: (role) => database.urlFor(role, role === "postgres" ? password : "postgres"),
        jwtSecret,
        siteUrl,
        processes,
        log,
        onExit: onExit("PostgREST"),
      }))),
      timed("auth", this.#add(startAuth({
        url: database.urlFor("supabase_auth_admin", "postgres"), jwtSecret, siteUrl,
      }))),
      service
        ? timed("service", this.#add(
          startService({ settings, processes, onExit: onExit("The service") })))
        : null,
    ]);
    this.#gateway.serve({ auth, rest });
    return {
      applied,
      times,
      databaseUrl,
      superuserUrl: database.superuserUrl,
      restUrl: rest.url ?? null,
      pids: {
        stack: process.pid,
        postgres: database.pid,
        ...(rest.pid ? { rest: rest.pid } : {}),
        ...(app ? { service: app.pid } : {}),
      },
    };
  }

  async startServiceAlone() {
    const onExit = (reason) => this.onFailure(new Problem(`The service ${reason}.`));
    await this.#add(startService({ settings: this.settings, processes: this.processes, onExit }));
  }

  async #add(starting) {
    const part = await starting;
    this.#parts.push(part);
    return part;
  }

  // Ends the gateway, then the parts in the opposite order, then whatever process is left. May be
  // called at any time, also while the stack starts.
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
