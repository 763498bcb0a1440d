/** A role with the right of one request: `kubectl create clusterrole lockstep-secrets --verb=list …`. */
export function roleCommand(verb: 'get' | 'list', path: string): string {
  const [, root, ...rest] = path.split('/');
  const group = root === 'apis' ? `.${rest[0]}` : '';
  const names = rest.slice(root === 'apis' ? 2 : 1);
  const resource = names[0] === 'namespaces' && names.length > 2 ? names[2] : names[0];
  return `kubectl create clusterrole lockstep-${resource} --verb=${verb} --resource=${resource}${group}`;
}
