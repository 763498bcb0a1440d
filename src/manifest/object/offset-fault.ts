import type { StructureFault, StructureRule } from './manifest-secret.ts';

/** A structure fault. Its position is still an offset. */
export interface OffsetFault extends Omit<StructureFault, 'place'> {
  readonly offset: number;
}

export const rejectedFault = (
  rule: StructureRule,
  key: string,
  message: string,
  fix: string,
  offset: number,
): OffsetFault => ({
  rule,
  key,
  refused: true,
  message,
  fix,
  offset,
});

export const ignoredFault = (
  rule: StructureRule,
  key: string,
  message: string,
  fix: string,
  offset: number,
): OffsetFault => ({
  ...rejectedFault(rule, key, message, fix, offset),
  refused: false,
});

/** `field` is a field of `metadata` that the API server does not accept. */
export const invalidMetadata = (field: string, message: string, fix: string, offset: number): OffsetFault =>
  rejectedFault('invalid-metadata', field, message, fix, offset);

/** A name, or another text of `metadata`, is a template. */
export const unrenderedFault = (field: string, offset: number): OffsetFault =>
  rejectedFault(
    'unrendered-template',
    field,
    'is a template that nobody rendered',
    'render the manifest before it is applied',
    offset,
  );
