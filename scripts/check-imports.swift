// Reads a package's manifest as JSON on standard input, its directory as the argument.
// Exits 1 with one line a violation.

import Foundation

/// Modules that come with Swift.
let standard: Set = ["Dispatch", "Foundation", "Glibc", "Synchronization", "XCTest"]

/// C modules inside of a package's product, which whoever lists the product may import too.
let inside = ["CYaml": "Yams"]

struct Manifest: Decodable {
  struct Target: Decodable {
    let name: String
    let type: String
    let dependencies: [Dependency]
  }

  /// Such as `{"byName": ["MPI", null]}` or `{"product": ["Yams", "Yams", null, null]}`.
  struct Dependency: Decodable {
    let name: String

    init(from decoder: any Decoder) throws {
      let kinds = try decoder.singleValueContainer().decode([String: [Name?]].self)
      name = kinds.values.first?.first??.text ?? ""
    }
  }

  /// A name, or a condition beside it, which does not matter here.
  struct Name: Decodable {
    let text: String?
    init(from decoder: any Decoder) throws {
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }

  let targets: [Target]
}

/// The layer of each target: the last comment `// Layer N` above its name in Package.swift.
func layers(of package: String, targets: [String]) -> [String: Int] {
  var layers: [String: Int] = [:]
  var layer: Int?
  for line in package.split(separator: "\n") {
    if let match = line.firstMatch(of: #/^\s*// Layer (\d+)/#) { layer = Int(match.1) }
    if line.contains(#/^\s*// Tests/#) { layer = nil }
    // The first name of a target's line is its own; later mentions are dependencies.
    guard let layer, let match = line.firstMatch(of: #/"([\w-]+)"/#) else { continue }
    let name = String(match.1)
    let declares = line.contains(#/^\s*(module|system|\.target|\.executableTarget)\(|^\s*name:/#)
    let opensLine = line.contains(#/^\s*"[\w-]+",\s*(\[.*)?$/#)
    if declares || opensLine, targets.contains(name), layers[name] == nil { layers[name] = layer }
  }
  return layers
}

func swiftFiles(_ directory: URL) -> [URL] {
  let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil)
  return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    .sorted { $0.path < $1.path }
}

/// The modules that a file imports, with their lines.
func imports(_ file: URL) throws -> [(line: Int, module: String)] {
  let kinds = "typealias|struct|class|enum|protocol|let|var|func"
  let pattern = try Regex(
    "^\\s*(?:@\\w+(?:\\([^)]*\\))?\\s+)*(?:\\w+\\s+)?import\\s+(?:(?:\(kinds))\\s+)?(\\w+)",
    as: (Substring, Substring).self)
  return try String(contentsOf: file, encoding: .utf8)
    .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    .compactMap { index, line in
      line.firstMatch(of: pattern).map { (index + 1, String($0.output.1)) }
    }
}

let root = URL(fileURLWithPath: CommandLine.arguments[1]).standardizedFileURL
let manifest = try JSONDecoder().decode(
  Manifest.self, from: FileHandle.standardInput.readDataToEndOfFile())
let package = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
let names = manifest.targets.map(\.name)
let layer = layers(of: package, targets: names)
var violations: [String] = []
var files = 0

for target in manifest.targets {
  let isTest = target.type == "test"
  if !isTest && layer[target.name] == nil {
    violations.append("Package.swift: \(target.name) stands under no comment \"// Layer N\"")
  }
  let listed = target.dependencies.map(\.name)
  for dependency in listed {
    guard let mine = layer[target.name], let other = layer[dependency] else { continue }
    // C modules of the lowest layer may wrap one another.
    guard other >= mine, mine > 0 || other > 0 else { continue }
    violations.append(
      "Package.swift: \(target.name) of layer \(mine) lists \(dependency) of layer \(other)")
  }
  let directory = root.appending(path: "\(isTest ? "Tests" : "Sources")/\(target.name)")
  for file in swiftFiles(directory) {
    files += 1
    for (line, module) in try imports(file)
    where !standard.contains(module) && module != target.name
      && !listed.contains(inside[module] ?? module)
    {
      let path = file.path.dropFirst(root.path.count + 1)
      violations.append(
        "\(path):\(line): \(target.name) imports \(module), which Package.swift does not list for it"
      )
    }
  }
}

violations.forEach { print($0) }
guard violations.isEmpty else { exit(1) }
print("\(files) files import only what Package.swift lists, downwards")
