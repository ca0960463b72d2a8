// Type-checks CDK apps in TypeScript, runs them, and says which statements they make: cdk.mjs OUTPUT FILE...
//
// aws-cdk-lib itself takes hundreds of megabytes; what stands in for it below declares and does what is called of it.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ts = createRequire(new URL("../node/package.json", import.meta.url))("typescript");

const DECLARED = `
declare module "constructs" {
  export class Construct { private readonly node; }
}
declare module "aws-cdk-lib/aws-iam" {
  import { Construct } from "constructs";
  export class PolicyStatement {
    static fromJson(obj: any): PolicyStatement;
    private readonly statement;
  }
  export interface ManagedPolicyProps {
    readonly managedPolicyName?: string;
    readonly statements?: PolicyStatement[];
  }
  export class ManagedPolicy extends Construct {
    constructor(scope: Construct, id: string, props?: ManagedPolicyProps);
  }
}
`;
const STAND_INS = {
  constructs: {},
  "aws-cdk-lib/aws-iam": {
    PolicyStatement: { fromJson: (statement) => statement },
    ManagedPolicy: class {
      constructor(scope, id, props) {
        Object.assign(this, { id, ...props });
      }
    },
  },
};

const [output, ...paths] = process.argv.slice(2);
const declared = join(dirname(output), "declared.d.ts");
writeFileSync(declared, DECLARED);
const options = { strict: true, noEmit: true, types: [], module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
const program = ts.createProgram([declared, ...paths], options);
const errors = ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n"));
const made = paths.map((path) => {
  const exported = {};
  const { outputText } = ts.transpileModule(readFileSync(path, "utf8"), { compilerOptions: { ...options, noEmit: false } });
  new Function("require", "exports", outputText)((name) => STAND_INS[name], exported);
  return Object.values(exported).map((policy) => policy({}));
});
writeFileSync(output, JSON.stringify({ errors, made }));
