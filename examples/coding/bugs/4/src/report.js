/** Sums what was posted to an account per calendar month in UTC: a Map from "2026-01" to cents, in order of time. */
export function monthly(ledger, account) {
  const totals = new Map();
  for (const { date, entries } of ledger.transactions) {
    const month = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
    for (const [name, cents] of entries) {
      if (name === account) totals.set(month, (totals.get(month) ?? 0) + cents);
    }
  }
  return totals;
}

/** Every month from the first to the last of `totals`, those without entries as zero. */
export function withGaps(totals) {
  const months = [...totals.keys()].sort();
  const filled = new Map();
  if (months.length === 0) return filled;
  const [year, month] = months[0].split("-").map(Number);
  const last = months.at(-1);
  for (let i = month; i <= 12; i++) {
    const key = `${year}-${String(i).padStart(2, "0")}`;
    filled.set(key, totals.get(key) ?? 0);
    if (key === last) break;
  }
  return filled;
}
