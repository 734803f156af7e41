/**
 * What is made of the rules that are on, by settings, which do not change. Asked several times for
 * each trade and for each row of a dataset: most times for the same settings as the last time.
 */
export const bySettings = <Settings extends object, Made>(
  make: (settings: Settings) => Made,
): ((settings: Settings) => Made) => {
  const known = new WeakMap<Settings, Made>();
  let last: Settings | undefined;
  let made: Made | undefined;
  return settings => {
    if (settings === last) return made!;
    made = known.get(settings) ?? make(settings);
    known.set(settings, made);
    last = settings;
    return made;
  };
};

/** The rules that the settings switch on. */
export const rulesOn = <Settings, Rule extends { readonly isOn?: (settings: Settings) => boolean }>(
  rules: readonly Rule[],
  settings: Settings,
): readonly Rule[] => rules.filter(({ isOn }) => isOn?.(settings) ?? true);
