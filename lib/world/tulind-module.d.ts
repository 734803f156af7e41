declare module 'tulind' {
  export interface Indicator {
    readonly name: string;
    readonly option_names: readonly string[];
    /** How many rows the outputs are shorter than the inputs. */
    start(options: readonly number[]): number;
    /** Plain arrays of equal length; outputs are aligned with the inputs' ends. */
    indicator(inputs: readonly (readonly number[])[], options: readonly number[]): Promise<number[][]>;
  }
  export interface Tulind {
    readonly version: string;
    readonly indicators: Readonly<Record<string, Indicator>>;
  }
  const tulind: Tulind;
  export default tulind;
}
