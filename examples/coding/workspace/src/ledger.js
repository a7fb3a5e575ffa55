/** Accounts with balances in cents, moved by transactions whose entries add up to zero. */
export class Ledger {
  #balances = new Map();
  #transactions = [];

  open(account, cents = 0) {
    if (this.#balances.has(account)) throw new Error(`account exists: ${account}`);
    this.#balances.set(account, cents);
  }

  balance(account) {
    const cents = this.#balances.get(account);
    if (cents === undefined) throw new Error(`no such account: ${account}`);
    return cents;
  }

  get transactions() {
    return [...this.#transactions];
  }

  /** Posts all entries or none. `entries` is [[account, cents], …]; an account may occur more than once. */
  post(date, entries) {
    const sum = entries.reduce((total, [, cents]) => total + cents, 0);
    if (sum !== 0) throw new Error(`entries add up to ${sum}, not to zero`);
    for (const [account] of entries) this.balance(account);
    for (const [account, cents] of entries) this.#balances.set(account, this.balance(account) + cents);
    this.#transactions.push({ date, entries: entries.map((entry) => [...entry]) });
  }
}
