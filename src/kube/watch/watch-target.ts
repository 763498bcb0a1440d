import { MalformedResponse } from './watch-events.ts';

export interface WatchTarget<Kept> {
  readonly path: string;
  /** For messages. */
  readonly what: string;
  /** Requests only the metadata of the objects. */
  readonly metadataOnly?: boolean;
  readonly fieldSelector?: string;
  /** If the CRD is not installed, `onReplaced` gets an empty list. */
  readonly isOptional?: boolean;
  /** Returns the part of an object that lockstep keeps. May throw for an object of another kind. */
  readonly parse: (object: unknown) => Kept;
}

export const selectorQuery = <Kept>({
  fieldSelector,
}: WatchTarget<Kept>): { readonly fieldSelector?: string } =>
  fieldSelector === undefined ? {} : { fieldSelector };

/** Throws MalformedResponse for an object of another kind. */
export function parseObject<Kept>({ parse, what }: WatchTarget<Kept>, object: unknown): Kept {
  try {
    return parse(object);
  } catch {
    throw new MalformedResponse(`an object of its answer is none of ${what}`);
  }
}
