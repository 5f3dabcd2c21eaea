// Sorts and filters the list.
(() => {
  'use strict';
  document.documentElement.classList.add('js');
  const table = document.getElementById('list');
  const shown = document.getElementById('shown');
  const find = document.getElementById('find');
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const compare = new Intl.Collator(undefined, { numeric: true }).compare;

  function filter() {
    const verdict = document.querySelector('input[name=show]:checked').value;
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = (!verdict || row.dataset.verdict === verdict)
        && words.every((word) => texts.get(row).includes(word));
      row.hidden = !fits;
      count += fits;
    }
    const values = { shown: count, all: rows.length };
    shown.textContent = count
      ? shown.dataset.text.replace(/\{(\w+)\}/g, (_, name) => values[name])
      : shown.dataset.nothing;
  }

  function sort(heading) {
    const column = heading.cellIndex;
    const isNumber = heading.classList.contains('number') || column === 0;
    // Numbers are looked at from the top, names from the start.
    const first = isNumber ? 'descending' : 'ascending';
    const second = isNumber ? 'ascending' : 'descending';
    const order = heading.getAttribute('aria-sort') === first ? second : first;
    for (const other of heading.parentNode.cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', order);
    const key = (row) => row.cells[column].dataset.key;
    const difference = isNumber ? (a, b) => key(a) - key(b) : (a, b) => compare(key(a), key(b));
    const sign = order === 'ascending' ? 1 : -1;
    rows.sort((a, b) => sign * difference(a, b));
    body.append(...rows);
  }

  for (const heading of table.tHead.rows[0].cells) {
    heading.querySelector('button').addEventListener('click', () => sort(heading));
  }
  for (const radio of document.querySelectorAll('input[name=show]')) {
    radio.addEventListener('change', filter);
  }
  find.addEventListener('input', filter);
  filter();
})();
