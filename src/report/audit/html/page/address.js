/** The filter in the fragment of the address, so that a person can share a view of the file. */
function filterOfAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const filter = { ...NO_FILTER };
  for (const name of Object.keys(NO_FILTER)) filter[name] = fragment.get(name) ?? '';
  return filter;
}

function keepInAddress(filter) {
  const set = Object.entries(filter).filter(([, value]) => value !== '');
  try {
    history.replaceState(null, '', `#${set.length === 0 ? 'findings' : new URLSearchParams(set)}`);
  } catch {
    // A browser may refuse it for a file. The view then stays without an address.
  }
}
