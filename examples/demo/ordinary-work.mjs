// What fleets do all day: nothing that a policy minds.

const TASKS = [
  ['round totals half to even', 'src/cart/totals', 'fix/rounding'],
  ['show the delivery date in the cart', 'src/cart/delivery', 'feature/delivery-date'],
  ['retry the payment call once', 'src/payment/client', 'fix/payment-retry'],
  ['sort search results by price', 'src/search/order', 'feature/sort-by-price'],
  ['drop the old address form', 'src/account/address', 'chore/address-form'],
  ['translate the error page', 'src/pages/error', 'feature/error-page'],
  ['make the image cache smaller', 'src/images/cache', 'fix/image-cache'],
  ['log slow queries', 'src/database/queries', 'feature/slow-queries'],
  ['validate voucher codes', 'src/voucher/validate', 'feature/vouchers'],
  ['paginate the order list', 'src/orders/list', 'feature/pages'],
  ['rename the stock service', 'src/stock/service', 'chore/stock-service'],
  ['cover the tax table with tests', 'src/tax/table', 'test/tax-table'],
];

const QUESTIONS = [
  'change of delivery habits 2024',
  'return rates in online retail',
  'accessibility of checkout forms',
  'opening hours of parcel shops',
  'packaging regulation overview',
  'seasonal demand of garden furniture',
];

/** A coding task from reading to the push. */
export function codingSession(session, index, random) {
  const [task, path, branch] = TASKS[index];
  session.start(task).step();
  session.call('list_dir', { path: '/workspace/src' }, { entries: 14 + index });
  session.call(
    'search',
    { query: task.split(' ')[1], path: '/workspace/src' },
    { matches: 1 + Math.floor(random() * 9) },
  );
  session.call('read_file', { path: `/workspace/${path}.ts` }, lines('export function run() {', '  // …', '}'));
  session.call('read_file', { path: `/workspace/${path}.test.ts` }, lines("import { run } from './it';", '// …'));
  const rounds = 1 + Math.floor(random() * 3);
  for (let round = 1; round <= rounds; round++) {
    session.step();
    session.call(
      'write_file',
      { path: `/workspace/${path}.ts`, content: `// attempt ${round}\n` },
      { bytes: 300 + round },
    );
    session.call('shell', { command: `npm test -- ${path} --run ${round}` }, tests(round < rounds ? 1 : 0));
  }
  session.call('http_get', { url: `https://docs.rs/shop/latest/${path}` }, { status: 200 });
  session.step();
  session.call('shell', { command: `git commit -am "${task}"` }, { exit_code: 0 });
  session.call('shell', { command: `git push origin ${branch}` }, { exit_code: 0 });
  session.end();
}

/** A question looked into, with the three tools that research agents have. */
export function researchSession(session, index, random) {
  const query = QUESTIONS[index];
  session.start(query).step();
  const rounds = 2 + Math.floor(random() * 3);
  for (let round = 1; round <= rounds; round++) {
    session.call('WebSearch', { query: `${query} ${round}`, num_results: 5 + round }, { hits: 5 + round });
    session.call('ReadFile', { path: `notes/${index}-${round}.md` }, lines(`# ${query}`, '…'));
    session.step();
  }
  session.call('ListFiles', { path: 'notes' }, { entries: rounds });
  session.end();
}

export function lines(...text) {
  return { lines: text };
}

export function tests(failed) {
  return { exit_code: failed === 0 ? 0 : 1, lines: [failed === 0 ? 'all tests passed' : `${failed} test failed`] };
}
