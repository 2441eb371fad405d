/// Something that a user can get wrong.
struct BadInput: Sendable {
  let name: String
  /// The whole message after `htnet: `, where the usage follows its first line; a number that is the
  /// machine's own is an N.
  let expected: String
  /// Whether it is about the command's own arguments, so that the usage follows.
  var showsUsage = false
  /// Spoils the scene and says what `htnet` is to be given.
  let arguments: @Sendable (BadInputScene) throws -> [String]

  init(
    _ name: String, _ expected: String, showsUsage: Bool = false,
    arguments: @escaping @Sendable (BadInputScene) throws -> [String]
  ) {
    self.name = name
    self.expected = expected
    self.showsUsage = showsUsage
    self.arguments = arguments
  }

  /// A configuration file with these lines.
  static func file(_ name: String, _ yaml: String, _ expected: String) -> BadInput {
    BadInput(name, expected) { scene in
      try scene.write(yaml, to: "config.yaml")
      return scene.train()
    }
  }

  /// Keys set on the command line.
  static func set(_ name: String, _ settings: [String], _ expected: String) -> BadInput {
    BadInput(name, expected) { $0.train(settings) }
  }

  /// A scene spoilt in some way, then `htnet train`.
  static func scene(
    _ name: String, _ expected: String, settings: [String] = [],
    spoil: @escaping @Sendable (BadInputScene) throws -> Void
  ) -> BadInput {
    BadInput(name, expected) { scene in
      try spoil(scene)
      return scene.train(settings)
    }
  }
}
