// Every public export, and every public member of an exported class, has a doc comment.
import ts from "typescript";
import { workspacePackages } from "./entries.mjs";

const entries = workspacePackages().flatMap(({ manifest, entries }) => (manifest.private ? [] : entries));
const config = ts.readConfigFile("tsconfig.json", ts.sys.readFile).config;
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
const program = ts.createProgram(
  entries.map((entry) => entry.source),
  { ...options, noEmit: true },
);
const checker = program.getTypeChecker();
const problems = new Set();

for (const { specifier, source } of entries) {
  const file = program.getSourceFile(source);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) continue; // an entry without exports is no module
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declarations = (symbol.declarations ?? []).filter(
      (it) => !it.getSourceFile().fileName.includes("node_modules"),
    );
    if (declarations.length === 0) continue;
    if (!isDocumented(symbol))
      problems.add(`${place(declarations[0])}: ${specifier} exports ${symbol.name} without a doc comment`);
    for (const declaration of declarations) {
      if (ts.isClassDeclaration(declaration)) checkMembers(declaration);
    }
  }
}

function checkMembers(declaration) {
  for (const member of declaration.members) {
    const isMethod = ts.isMethodDeclaration(member) || ts.isGetAccessor(member);
    if (!isMethod || ts.isPrivateIdentifier(member.name) || ts.isComputedPropertyName(member.name)) continue;
    const symbol = checker.getSymbolAtLocation(member.name);
    if (symbol === undefined || isDocumented(symbol)) continue;
    // What a class does because its interface says so is documented there.
    if (declaration.heritageClauses?.some((clause) => clause.token === ts.SyntaxKind.ImplementsKeyword)) continue;
    problems.add(`${place(member)}: ${declaration.name?.text}.${symbol.name} has no doc comment`);
  }
}

function isDocumented(symbol) {
  return symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;
}

function place(node) {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${file.fileName.replace(`${process.cwd()}/`, "")}:${line + 1}`;
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.size === 0 ? 0 : 1;
