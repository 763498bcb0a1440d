import type { Template } from '../template.ts';
import type { Problem } from './problem.ts';
import type { KeySpec, SecretPolicySpec } from './schema.ts';

type Templates = ReadonlyMap<string, Template>;

/** What a schema can't say: every way in which the parts of one policy contradict each other. */
export function inconsistencies(spec: SecretPolicySpec, templates: Templates): readonly Problem[] {
  return [
    ...unknownBaseKeys(spec, templates),
    ...cycles(templates),
    ...clashingAliases(spec),
    ...impossibleKeys(spec),
    ...rotatedBaseKeys(spec, templates),
  ];
}

function unknownBaseKeys(spec: SecretPolicySpec, templates: Templates): Problem[] {
  return [...templates].flatMap(([key, template]) =>
    template.references
      .filter(({ name, fallback }) => fallback === undefined && !Object.hasOwn(spec.keys, name))
      .map(({ name }) => ({
        path: ['spec', 'keys', key, 'derive', 'template'],
        message: `names \${${name}}, which is neither under keys nor has a default: add it under keys, or write \${${name}:-default}`,
      })),
  );
}

/** Every key that, followed from template to template, leads back to itself. */
function cycles(templates: Templates): Problem[] {
  const entangled = withoutEnds(templates);
  const leadsBack = (start: string): boolean => {
    const seen = new Set<string>();
    const open = [start];
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      for (const { name } of entangled.get(key)?.references ?? []) {
        if (name === start) return true;
        if (!seen.has(name)) open.push(name);
        seen.add(name);
      }
    }
    return false;
  };
  return [...entangled.keys()].filter(leadsBack).map((key) => ({
    path: ['spec', 'keys', key, 'derive', 'template'],
    message: 'is derived from itself, directly or through other derived keys: break the cycle',
  }));
}

/** What is derived, in the end, from plain keys alone is in no cycle: nearly always this leaves nothing to look at. */
function withoutEnds(templates: Templates): Templates {
  const left = new Map(templates);
  const dependents = new Map<string, string[]>();
  const waits = new Map<string, number>();
  for (const [key, { references }] of templates) {
    const names = new Set(references.map(({ name }) => name).filter((name) => templates.has(name)));
    waits.set(key, names.size);
    for (const name of names) {
      const list = dependents.get(name);
      if (list === undefined) dependents.set(name, [key]);
      else list.push(key);
    }
  }
  const free = [...templates.keys()].filter((key) => waits.get(key) === 0);
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    left.delete(key);
    for (const dependent of dependents.get(key) ?? []) {
      const waiting = (waits.get(dependent) ?? 0) - 1;
      waits.set(dependent, waiting);
      if (waiting === 0) free.push(dependent);
    }
  }
  return left;
}

function clashingAliases(spec: SecretPolicySpec): Problem[] {
  const owner = new Map(Object.keys(spec.keys).map((name) => [name, name]));
  const problems: Problem[] = [];
  for (const [name, { aliases = [] }] of Object.entries(spec.keys)) {
    for (const [index, alias] of aliases.entries()) {
      const other = owner.get(alias);
      owner.set(alias, name);
      if (other === undefined) continue;
      problems.push({
        path: ['spec', 'keys', name, 'aliases', index],
        message: `is already a name of ${other}: a spelling can mean one key only`,
      });
    }
  }
  return problems;
}

function impossibleKeys(spec: SecretPolicySpec): Problem[] {
  return Object.entries(spec.keys).flatMap(([name, key]) => {
    const at = (field: string, message: string): Problem => ({
      path: ['spec', 'keys', name, field],
      message,
    });
    const problems: Problem[] = [];
    if (key.derive !== undefined && key.generate !== undefined) {
      problems.push(at('generate', 'a key is either derived or generated: remove one of the two'));
    }
    if (key.schemes !== undefined && key.format !== 'uri') {
      problems.push(at('schemes', 'needs format: uri'));
    }
    if (
      key.minLength !== undefined &&
      key.generate !== undefined &&
      generatedLength(key.generate) < key.minLength
    ) {
      problems.push(at('generate', 'makes a value shorter than minLength: ask for more'));
    }
    if (key.distinctFrom?.includes(name))
      problems.push(at('distinctFrom', 'a key can not differ from itself'));
    const stranger = key.distinctFrom?.find((other) => !Object.hasOwn(spec.keys, other));
    if (stranger !== undefined) {
      problems.push(at('distinctFrom', `names ${stranger}, which is not under keys: add it there`));
    }
    if (key.rotate !== undefined && key.generate === undefined) {
      problems.push(at('rotate', 'needs generate, which says how the new value is made'));
    }
    return problems;
  });
}

/** Characters; hex doubles the bytes, base64 makes four of three. */
function generatedLength(generate: NonNullable<KeySpec['generate']>): number {
  if ('length' in generate) return generate.length;
  return generate.encoding === 'hex' ? generate.bytes * 2 : Math.ceil((generate.bytes * 4) / 3);
}

function rotatedBaseKeys(spec: SecretPolicySpec, templates: Templates): Problem[] {
  const bases = new Set(
    [...templates.values()]
      .filter(({ url }) => url !== undefined)
      .flatMap(({ references }) => references.map(({ name }) => name)),
  );
  return Object.entries(spec.keys)
    .filter(([name, { rotate }]) => rotate !== undefined && bases.has(name))
    .map(([name]) => ({
      path: ['spec', 'keys', name, 'rotate'],
      message:
        'is a base key of a connection URL, whose server must change with it: rotate it by a PostgresCredential',
    }));
}
