import { advanceRollout, type RolloutNeeds } from '../../../src/controllers/secret/rollout.ts';
import { extendRollout } from '../../../src/engine/secret/record/extend-rollout.ts';
import type { Rollout } from '../../../src/engine/secret/record/record.ts';
import { plainSecret } from '../../../src/engine/secret/secret.ts';
import { type Workload, workloadId } from '../../../src/engine/workloads/rollout/consumers.ts';
import { at, aWorkload, fixedUse } from './workload.ts';

export const KEYS = ['A', 'B'] as const;
export const NAMES = ['a', 'b', 'c'] as const;

type Name = (typeof NAMES)[number];

/** The possible events, in any order. `ticks` are the seconds that pass before. */
export type WorldEvent = { readonly ticks: number } & (
  | { readonly kind: 'change'; readonly key: (typeof KEYS)[number] }
  /** One step. `crash` means that its result is lost. */
  | { readonly kind: 'advance' | 'crash' }
  | { readonly kind: 'rolled-out' }
  /** Its pods do not become ready until it is cured. */
  | { readonly kind: 'sicken' | 'cure' | 'delete' | 'create'; readonly name: Name }
  /** Another client changes its template, with that version number. */
  | { readonly kind: 'edit'; readonly name: Name; readonly stamp: number }
);

/** A workload as its controller has it, and what its pods were made with. */
interface SimulatedWorkload {
  workload: Workload;
  revised: Date;
  /** The version that its pods have read. */
  has: number;
  isSick: boolean;
}

/** A namespace where a reads A, b reads B, and c both; the clock is whole seconds. */
export class RolloutWorld {
  readonly faults: string[] = [];
  readonly #played = new Map<Name, SimulatedWorkload>();
  /** It was stopped once. From then on others may be restarted at the same time, for a newer version. */
  readonly #excused = new Set<string>();
  readonly #last = new Map<string, number>();
  #rollout: Rollout | undefined;
  #number = 1;
  #seconds = 1;

  constructor() {
    for (const name of NAMES) this.#create(name);
    this.#seconds += 1;
  }

  async happen(happening: WorldEvent): Promise<void> {
    this.#seconds += happening.ticks;
    switch (happening.kind) {
      case 'change':
        return this.#change(happening.key);
      case 'advance':
        this.#rollout = await this.#step();
        return;
      case 'crash':
        await this.#step();
        return;
      case 'rolled-out':
        return this.#rollOut();
      case 'create':
        if (!this.#played.has(happening.name)) this.#create(happening.name);
        return;
      case 'delete':
        this.#played.delete(happening.name);
        return;
      case 'edit':
        return this.#replacePods(happening.name, String(happening.stamp));
      default: {
        const played = this.#played.get(happening.name);
        if (played !== undefined) played.isSick = happening.kind === 'sicken';
      }
    }
  }

  /** All is well again, and steps are taken until there are none. */
  async end(): Promise<void> {
    for (const played of this.#played.values()) played.isSick = false;
    for (let steps = 0; this.#rollout !== undefined; steps += 1) {
      if (steps > 50) return void this.faults.push('it does not end');
      this.#rollOut();
      this.#seconds += 1;
      this.#rollout = await this.#step();
    }
    for (const [name, { has }] of this.#played) {
      const needed = Math.max(0, ...keysOf(name).map((key) => this.#last.get(key) ?? 0));
      if (has < needed) this.faults.push(`${name} has ${has}, and reads what has changed in ${needed}`);
    }
  }

  #change(key: string): void {
    this.#number += 1;
    this.#last.set(key, this.#number);
    const why = { kind: 'changed' } as const;
    const version = {
      number: this.#number,
      time: at(this.#seconds),
      keys: [key],
      by: '',
      why,
      data: undefined,
    };
    this.#rollout = extendRollout(this.#rollout, version, { has: () => true });
  }

  #create(name: Name): void {
    const uses = new Map([['app', fixedUse(...keysOf(name))]]);
    const created = at(this.#seconds);
    const workload = aWorkload({ name, uses, created });
    this.#played.set(name, { workload, revised: created, has: this.#number, isSick: false });
  }

  /** A template that is set to what it is already replaces nothing. */
  #replacePods(name: Name, stamp: string): void {
    const played = this.#played.get(name);
    if (played === undefined || played.workload.versionAnnotation === stamp) return;
    played.workload = {
      ...played.workload,
      versionAnnotation: stamp,
      progress: { kind: 'underway', why: '' },
    };
    played.revised = at(this.#seconds);
    played.has = this.#number;
  }

  #rollOut(): void {
    for (const played of this.#played.values()) {
      if (played.isSick) continue;
      played.workload = { ...played.workload, progress: { kind: 'done' } };
      this.#excused.delete(workloadId(played.workload));
    }
  }

  async #step(): Promise<Rollout | undefined> {
    if (this.#rollout === undefined) return undefined;
    const workloads = () => [...this.#played.values()].map(({ workload }) => workload);
    const needs: RolloutNeeds = {
      workloads: async () => workloads(),
      workload: async (_, id) => workloads().find((workload) => workloadId(workload) === id),
      templateChangedAt: async ({ name }) => this.#played.get(name as Name)?.revised,
      restart: async (workload, stamp) => {
        if (workload.versionAnnotation !== stamp) this.#look(workload);
        this.#replacePods(workload.name as Name, stamp);
      },
      now: () => at(this.#seconds),
    };
    const secret = plainSecret({ namespace: 'shop', name: 'app' });
    const { rollout, event } = await advanceRollout(secret, this.#rollout, needs);
    if (event?.kind === 'stopped') this.#excused.add(workloadId(event.workload));
    return rollout;
  }

  /** No workload is restarted during the restart of another one. */
  #look(restarted: Workload): void {
    const current = this.#rollout?.current?.workload;
    for (const { workload } of this.#played.values()) {
      const id = workloadId(workload);
      const isBusy = workload.progress.kind === 'underway' && id === current && !this.#excused.has(id);
      if (isBusy && id !== workloadId(restarted)) this.faults.push(`${workloadId(restarted)} beside ${id}`);
    }
  }
}

const keysOf = (name: Name): readonly string[] => ({ a: ['A'], b: ['B'], c: ['A', 'B'] })[name];
