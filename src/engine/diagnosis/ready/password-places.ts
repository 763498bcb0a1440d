import type { Sensitive } from '../../secret/sensitive.ts';
import { type Field, fieldText } from '../find-value/place.ts';
import { SoughtValues } from '../find-value/sought-values.ts';
import { unsearchableReason } from '../find-value/unsearchable.ts';
import { type LoginSubject, serverText } from './login-subject.ts';
import type { Obstacle } from './readiness.ts';

/** A place that holds the password of a login. */
export interface PasswordPlace {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly field: Field;
  /** `namespace/name` of the Secret whose login it follows: as an agreed copy, or as a derived Secret. */
  readonly follows: string | undefined;
}

/** The limit of places for one password: a common one is nearly everywhere. */
const MAX_PLACES = 64;

interface Places {
  readonly kept: PasswordPlace[];
  count: number;
}

/** The places that hold the passwords of all logins. Each distinct password is looked for once. */
export class PasswordPlaces {
  readonly #sought: SoughtValues | undefined;
  readonly #places: readonly Places[];
  readonly #byPassword = new Map<string, number>();

  constructor(subjects: readonly Pick<LoginSubject, 'credential'>[]) {
    const texts: string[] = [];
    for (const { credential } of subjects) {
      const text = textOf(credential?.password);
      if (text === undefined || this.#byPassword.has(text) || unsearchableReason(text) !== undefined)
        continue;
      this.#byPassword.set(text, texts.length);
      texts.push(text);
    }
    this.#sought = texts.length === 0 ? undefined : new SoughtValues(texts);
    this.#places = texts.map(() => ({ kept: [], count: 0 }));
  }

  /** Undefined if no password can be looked for. */
  get sought(): SoughtValues | undefined {
    return this.#sought;
  }

  add(value: number, place: PasswordPlace): void {
    const places = this.#places[value];
    if (places === undefined) return;
    places.count += 1;
    if (places.kept.length < MAX_PLACES) places.kept.push(place);
  }

  /** Undefined if the password is too short or too common to be looked for. */
  of({ credential }: Pick<LoginSubject, 'credential'>): Places | undefined {
    const index = this.#byPassword.get(textOf(credential?.password) ?? '');
    return index === undefined ? undefined : this.#places[index];
  }
}

const textOf = (password: Sensitive | undefined): string | undefined =>
  password?.withPlaintext(({ text }) => text);

export interface CopyForecast {
  /** The places outside of the Secret. */
  readonly copies: readonly PasswordPlace[];
  /** The number of places, with those that were not kept. */
  readonly count: number;
  readonly obstacles: readonly Obstacle[];
  readonly unknown: readonly string[];
}

/**
 * The copies of a login's password. A place that a change does not reach keeps the old password. `others` are the
 * logins of the other Secrets, by `namespace/name`: the same password may belong to another role, or to another server.
 */
export function copyForecast(
  subject: LoginSubject,
  places: Places | undefined,
  others: ReadonlyMap<string, readonly LoginSubject[]>,
): CopyForecast {
  if (places === undefined)
    return {
      copies: [],
      count: 0,
      obstacles: [],
      unknown:
        subject.credential === undefined
          ? []
          : ['its password is too short or too common to be looked for in other objects'],
    };
  const own = `${subject.place.namespace}/${subject.place.name}`;
  const isOwn = ({ kind, namespace, name }: PasswordPlace): boolean =>
    kind === 'Secret' && `${namespace}/${name}` === own;
  const inSecret = places.kept.filter(isOwn);
  const copies = places.kept.filter(
    (place) => !isOwn(place) && !isOfOther(subject, place, others.get(`${place.namespace}/${place.name}`)),
  );
  const left = copies.filter(({ follows }) => follows !== own);
  const isPartial = places.count > places.kept.length;
  return {
    copies,
    count: copies.length + places.count - places.kept.length,
    obstacles: [
      ...inSecret
        .filter(({ field }) => field.kind === 'key' && !subject.changing.includes(field.key))
        .map(({ field }) => keepsOld(`${fieldText(field)} of the Secret itself`)),
      ...left.map((place) => keepsOld(placeText(place))),
    ],
    unknown: isPartial
      ? [`its password is in more than ${MAX_PLACES} places, and not all were compared`]
      : [],
  };
}

const keepsOld = (where: string): Obstacle => ({
  code: 'copy',
  effect: 'logins-fail',
  reason: `${where} keeps the old password`,
});

/** `ConfigMap shop/settings, key app.properties` */
export const placeText = ({ kind, namespace, name, field }: PasswordPlace): string =>
  `${kind} ${namespace}/${name}, ${fieldText(field)},`;

/** Another login that has the same password by chance, or because a person chose one for all. */
function isOfOther(
  { credential, server, place: { namespace } }: LoginSubject,
  { kind, field }: PasswordPlace,
  logins: readonly LoginSubject[] = [],
): boolean {
  if (kind !== 'Secret' || field.kind !== 'key') return false;
  const holder = logins.find(({ changing }) => changing.includes(field.key));
  if (holder?.credential === undefined || credential === undefined) return false;
  if (holder.credential.role !== credential.role) return true;
  return (
    server !== undefined &&
    holder.server !== undefined &&
    serverText(server, namespace) !== serverText(holder.server, holder.place.namespace)
  );
}
