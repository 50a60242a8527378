/**
 * Names files after the ids of items, without their endings: `cats/7.jpg` becomes `cats/7`. Where that would give two
 * of them one name, they keep their endings (`7.jpg`, `7.png`); what is the same even so gets a number. Names that
 * differ in case alone count as the same, since they are one file on many machines.
 *
 * @param ids all of them: a name must not hang on which items are read together
 * @returns the name of an id, a path within a folder; of one that occurs more than once, a name each time it is asked for
 */
export function namePictures(ids: readonly string[]): (id: string) => string {
  const names = new Map<string, string[]>();
  for (const [i, name] of distinctNames(ids).entries()) {
    const id = ids[i] as string;
    names.set(id, [...(names.get(id) ?? []), name]);
  }
  return (id) => {
    const left = names.get(id) ?? [];
    return (left.length > 1 ? left.shift() : left[0]) ?? pathOf(id);
  };
}

function distinctNames(ids: readonly string[]): string[] {
  const whole = ids.map(pathOf);
  const names = whole.map(withoutEnding);
  // What keeps its ending may meet another: 'a.jpg' that of 'a.jpg.png', which then keeps its own.
  for (let changed = true; changed; ) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(keyOf(name), (counts.get(keyOf(name)) ?? 0) + 1);
    changed = false;
    for (const [i, name] of names.entries()) {
      if (name === whole[i] || counts.get(keyOf(name)) === 1) continue;
      names[i] = whole[i] as string;
      changed = true;
    }
  }
  const first = new Set<string>();
  const taken = new Set(names.map(keyOf));
  return names.map((name) => {
    if (!first.has(keyOf(name))) {
      first.add(keyOf(name));
      return name;
    }
    let n = 2;
    while (taken.has(keyOf(`${name}~${n}`))) n += 1;
    taken.add(keyOf(`${name}~${n}`));
    return `${name}~${n}`;
  });
}

/** An id as a path within a folder, whatever it holds. */
function pathOf(id: string): string {
  const parts = id.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/') || '_';
}

/** A name that begins with its only dot is all ending, and stays. */
function withoutEnding(path: string): string {
  return path.replace(/(?<=[^/])\.\w+$/, '');
}

/** What file systems may take for the same name. */
function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
