// The same, for programs that are no modules yet.
const assert = require('node:assert/strict');

for (const name of ['zmtp', 'zmtp/security', 'zmtp/wire']) {
  const required = require(name);
  void import(name).then(imported => {
    for (const [key, value] of Object.entries(imported)) assert.equal(required[key], value, key);
  });
}
