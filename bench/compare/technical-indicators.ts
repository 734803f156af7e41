import { ADX, ATR, BollingerBands, MACD, OBV, ROC, RSI, SMA, VWAP } from 'technicalindicators';
import { emptyValues, type PeerCandle, type PeerIndicators } from './momentum.js';

const none = { values: [] };
const noCandles = { high: [], low: [], close: [] };

/** ADX declares that it takes a number, but takes (and needs) a candle. */
const bar = (candle: PeerCandle) => candle as unknown as number;

const timeframe = () => ({
  rsi: new RSI({ period: 14, ...none }),
  macd: new MACD({
    fastPeriod: 12,
    slowPeriod: 26,
    signalPeriod: 9,
    SimpleMAOscillator: false,
    SimpleMASignal: false,
    ...none,
  }),
  adx: new ADX({ period: 14, ...noCandles }),
  atr: new ATR({ period: 14, ...noCandles }),
  roc1: new ROC({ period: 1, ...none }),
});

/**
 * technicalindicators as its documentation streams: constructed without values, then `nextValue`
 * for each closed candle.
 */
export const technicalIndicators = (): PeerIndicators => {
  const values = emptyValues();
  const minute = timeframe();
  const higher = [timeframe(), timeframe()] as const;
  const roc5 = new ROC({ period: 5, ...none });
  const roc15 = new ROC({ period: 15, ...none });
  const bollinger = new BollingerBands({ period: 20, stdDev: 2, ...none });
  const volumeSma = new SMA({ period: 10, ...none });
  const volumeRoc = new ROC({ period: 10, ...none });
  const obv = new OBV({ close: [], volume: [] });
  const vwap = new VWAP({ ...noCandles, volume: [] });
  return {
    values,
    minute: candle => {
      const { close } = candle;
      values.rsi = minute.rsi.nextValue(close) ?? NaN;
      values.histogram = minute.macd.nextValue(close)?.histogram ?? NaN;
      values.roc1 = minute.roc1.nextValue(close) ?? NaN;
      values.roc5 = roc5.nextValue(close) ?? NaN;
      values.roc15 = roc15.nextValue(close) ?? NaN;
      const adx = minute.adx.nextValue(bar(candle));
      values.adx = adx?.adx ?? NaN;
      values.plusDi = adx?.pdi ?? NaN;
      values.minusDi = adx?.mdi ?? NaN;
      minute.atr.nextValue(candle);
      values.bollingerMiddle = bollinger.nextValue(close)?.middle ?? NaN;
      values.volumeSma = volumeSma.nextValue(candle.volume) ?? NaN;
      volumeRoc.nextValue(candle.volume);
      obv.nextValue(candle);
      vwap.nextValue(candle);
    },
    higher: (index, candle) => {
      const { rsi, macd, adx, atr, roc1 } = higher[index];
      rsi.nextValue(candle.close);
      adx.nextValue(bar(candle));
      atr.nextValue(candle);
      roc1.nextValue(candle.close);
      return macd.nextValue(candle.close)?.histogram ?? NaN;
    },
  };
};
