import { join } from 'node:path';
import ts from 'typescript';

/** Methods of a Mongoose model that change nothing. Any other use of a model counts as writing. */
const READS = new Set([
  'find',
  'findOne',
  'findById',
  'exists',
  'distinct',
  'aggregate',
  'countDocuments',
  'estimatedDocumentCount',
]);

/** Names that only writes have, whatever they are called on. */
const WRITES =
  /^(insertOne|insertMany|updateOne|updateMany|findOneAnd\w+|findByIdAnd\w+|replaceOne|deleteOne|deleteMany|bulkWrite|bulkSave|save)$/;

/** Ways around a model: by the driver, by the connection, by a name, or by a stage of an aggregation. */
const DETOURS = /^(collection|model|getModelToken|\$merge|\$out)$/;

/** A class or a function, and where it is. */
interface Unit {
  path: string;
  name: string;
  node: ts.ClassDeclaration | ts.FunctionDeclaration;
}

/** A parameter or a property that holds a model. */
interface Holder {
  name: string;
  /** The class of the model's schema; null for a model that the caller passes. */
  schema: string | null;
  /** Whether it is reached as `this.name`. */
  isProperty: boolean;
  /** Place among the parameters; -1 for a property. */
  index: number;
}

export interface CollectionWriters {
  collection: string;
  schema: string;
  /** Classes that write it, by name. */
  writers: string[];
}

/** Finds out who writes which collection, by reading the sources: their paths and texts. */
export class WriterSearch {
  private readonly files: ts.SourceFile[];
  private readonly units: Unit[];
  /** Nodes that were found to be a model: a write on anything else has no known writer. */
  private readonly models = new Set<ts.Node>();

  constructor(sources: ReadonlyMap<string, string>) {
    this.files = [...sources].map(([path, text]) =>
      ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
    );
    this.units = this.files.flatMap((file) =>
      file.statements
        .filter((node) => ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node))
        .map((node) => ({ path: file.fileName, name: node.name?.text ?? 'default', node })),
    );
  }

  /** Every collection that has a Mongoose schema, in the order of the names. */
  collections(): CollectionWriters[] {
    const writes = this.units.flatMap((unit) =>
      holdersOf(unit.node)
        .filter(({ schema }) => schema !== null)
        .filter((holder) => this.isWritten(unit, holder))
        .map(({ schema }) => ({ schema, writer: unit.name })),
    );
    return this.units
      .flatMap(({ name, node }) => {
        const collection = collectionOf(node);
        const writers = writes.filter(({ schema }) => schema === name).map(({ writer }) => writer);
        return collection ? [{ collection, schema: name, writers: [...new Set(writers)].sort() }] : [];
      })
      .sort((a, b) => (a.collection < b.collection ? -1 : 1));
  }

  /** Writes that belong to no injected model, and ways around the models, as "path: name". Call `collections` first. */
  detours(): string[] {
    const found: string[] = [];
    for (const file of this.files) {
      visit(file, (node) => {
        const name = ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
        const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
        if (name && isCalled && (WRITES.test(name) || DETOURS.test(name)))
          if (!this.models.has((node as ts.PropertyAccessExpression).expression))
            found.push(`${file.fileName}: ${name}`);
        const isName = ts.isIdentifier(node) || ts.isStringLiteral(node);
        if (isName && /^(getModelToken|\$merge|\$out)$/.test(node.text))
          found.push(`${file.fileName}: ${node.text}`);
      });
    }
    return [...new Set(found)];
  }

  private isWritten(unit: Unit, holder: Holder): boolean {
    let written = false;
    const scope = holder.isProperty ? unit.node : scopeOf(unit.node);
    visit(scope, (node) => {
      if (isHidden(node, holder)) written = true;
      if (!isModel(node, holder)) return;
      this.models.add(node);
      if (this.writes(unit, node)) written = true;
    });
    return written;
  }

  /** Whether the model `node` is used for more than reading at this place. */
  private writes(unit: Unit, node: ts.Node): boolean {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      const isName = ts.isPropertyAccessExpression(parent.parent) && parent.parent.name.text === 'name';
      return !READS.has(parent.name.text) && !(parent.name.text === 'collection' && isName);
    }
    const isPassed =
      (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression !== node;
    if (!isPassed || !ts.isIdentifier(parent.expression)) return true;
    const receiver = this.unitNamed(unit, parent.expression.text);
    const index = parent.arguments?.indexOf(node as ts.Expression);
    const held = receiver && holdersOf(receiver.node).find((holder) => holder.index === index);
    return !held || this.isWritten(receiver, held);
  }

  /** The class or function that a name means in the file of `unit`. */
  private unitNamed({ path }: Unit, name: string): Unit | undefined {
    const file = this.files.find(({ fileName }) => fileName === path)!;
    const imported = file.statements.find(
      (node): node is ts.ImportDeclaration =>
        ts.isImportDeclaration(node) && new RegExp(`\\b${name}\\b`).test(node.importClause?.getText() ?? ''),
    );
    const from = imported
      ? join(path, '..', (imported.moduleSpecifier as ts.StringLiteral).text).replace(/\.js$/, '.ts')
      : path;
    return this.units.find((unit) => unit.path === from && unit.name === name);
  }
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    see(child);
    visit(child, see);
  });
}

/** The text of `collection` in a class's @Schema. */
function collectionOf(node: Unit['node']): string | undefined {
  const schema = decoratorOf(node, 'Schema')?.arguments[0];
  if (!schema || !ts.isObjectLiteralExpression(schema)) return undefined;
  const property = schema.properties.find((option) => option.name?.getText() === 'collection');
  const value = property && ts.isPropertyAssignment(property) ? property.initializer : undefined;
  return value && ts.isStringLiteral(value) ? value.text : undefined;
}

/** The constructor of a class, or the function itself. */
function scopeOf(node: Unit['node']): ts.Node {
  return (ts.isClassDeclaration(node) && node.members.find(ts.isConstructorDeclaration)) || node;
}

function holdersOf(node: Unit['node']): Holder[] {
  const scope = scopeOf(node) as ts.FunctionLikeDeclaration;
  const fields = ts.isClassDeclaration(node) ? node.members.filter(ts.isPropertyDeclaration) : [];
  const holders = [...(scope.parameters ?? []), ...fields].map((held, index): Holder | null => {
    const schema =
      decoratorOf(held, 'InjectModel')
        ?.arguments[0]?.getText()
        .replace(/\.name$/, '') ?? null;
    if (schema === null && !/^Model</.test(held.type?.getText() ?? '')) return null;
    const isField = ts.isPropertyDeclaration(held);
    const isProperty = isField || (ts.getModifiers(held) ?? []).length > 0;
    return { name: held.name.getText(), schema, isProperty, index: isField ? -1 : index };
  });
  return holders.filter((holder) => holder !== null);
}

function decoratorOf(node: ts.Node, name: string): ts.CallExpression | undefined {
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  return decorators
    .map(({ expression }) => expression)
    .filter(ts.isCallExpression)
    .find(({ expression }) => expression.getText() === name);
}

/** Whether this node is the holder's model: `this.name`, or `name` where it is a parameter. */
function isModel(node: ts.Node, { name, isProperty }: Holder): boolean {
  if (ts.isPropertyAccessExpression(node))
    return isProperty && node.expression.kind === ts.SyntaxKind.ThisKeyword && node.name.text === name;
  if (!ts.isIdentifier(node) || node.text !== name || ts.isParameter(node.parent)) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
  if (ts.isPropertyDeclaration(parent)) return false;
  return !isProperty || isInConstructor(node);
}

function isInConstructor(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (ts.isConstructorDeclaration(at)) return true;
  return false;
}

/** Whether this node takes a model out of `this` in a way that cannot be followed. */
function isHidden(node: ts.Node, { name, isProperty }: Holder): boolean {
  if (!isProperty) return false;
  if (ts.isElementAccessExpression(node))
    return (
      node.expression.kind === ts.SyntaxKind.ThisKeyword && node.argumentExpression.getText().includes(name)
    );
  return (
    ts.isVariableDeclaration(node) &&
    node.initializer?.kind === ts.SyntaxKind.ThisKeyword &&
    new RegExp(`\\b${name}\\b`).test(node.name.getText())
  );
}
