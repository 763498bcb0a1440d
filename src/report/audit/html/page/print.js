/** A page of the list is for a screen. Paper gets more, and a limit, because 100,000 Secrets are a pallet of it. */
const PRINTED_ROWS = 1000;

function startPrinting(filteredRows) {
  let before;
  addEventListener('beforeprint', () => {
    before = { items: [...byId('results').children], status: byId('status').textContent };
    const filtered = filteredRows();
    byId('results').replaceChildren(...filtered.slice(0, PRINTED_ROWS).map(resultItem));
    byId('status').textContent = statusText(filtered.length, 0, Math.min(PRINTED_ROWS, filtered.length));
  });
  addEventListener('afterprint', () => {
    if (before === undefined) return;
    byId('results').replaceChildren(...before.items);
    byId('status').textContent = before.status;
    before = undefined;
  });
}
