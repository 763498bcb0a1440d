import * as z from 'zod';

/** The fields of the object at `path` of a schema. Empty if there is no object with fixed fields. */
export function fieldNamesAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [step, ...rest] = path;
  return alternatives(schema).flatMap((each) => {
    if (step === undefined) return each instanceof z.ZodObject ? Object.keys(each.shape) : [];
    const child = childOf(each, step);
    return child === undefined ? [] : fieldNamesAt(child, rest);
  });
}

/** The schema without wrappers such as `optional`, and each branch of a union. */
function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return alternatives(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(alternatives);
  return [schema];
}

function childOf(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (!(schema instanceof z.ZodObject) || typeof step !== 'string') return undefined;
  return Object.hasOwn(schema.shape, step) ? (schema.shape[step] as z.ZodType) : undefined;
}
