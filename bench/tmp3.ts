import { graphFigures } from './graph.js';
const g = graphFigures(console.log, 5); console.log(g.ratioToBareLoop);
