// The statements that all Node peers share, as prepared statements on one pool.
import { readFileSync } from 'node:fs'
import pg from 'pg'

const folder = process.env.PEER_SQL
const pool = new pg.Pool({ max: 10 })

function statement(name) {
  const text = readFileSync(`${folder}/${name}.sql`, 'utf8')
  return async (...values) => (await pool.query({ name, text, values })).rows
}

export const campaigns = statement('campaigns')
export const board = statement('board')
export const assignments = statement('assignments')
export const members = statement('members')
export const ratings = statement('ratings')
export const claim = statement('claim')

/** One item per key, or null. */
export function inOrder(keys, rows, key = 'id') {
  const found = new Map(rows.map((row) => [row[key], row]))
  return keys.map((each) => found.get(each) ?? null)
}

/** One list per key. */
export function grouped(keys, rows, key) {
  const found = new Map(keys.map((each) => [each, []]))
  for (const row of rows) found.get(row[key]).push(row)
  return keys.map((each) => found.get(each))
}
