/** Names of what the halves of a model have for each other, and for whoever puts them together: not for users. */
export const ITEMS: unique symbol = Symbol('items');
export const FEEDS: unique symbol = Symbol('feeds');
export const JOIN: unique symbol = Symbol('join');
