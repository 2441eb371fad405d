import Evaluation
import Random
import Wording

extension Fold {
  /// Parts this fold's training clips by held-out persons: alike in datasets, drawn from a seed.
  ///
  /// The test clips of an inner fold are those of the persons held out and, without `refit`, after them
  /// those of this fold, which its model is to predict. Its labels are not looked at.
  ///
  /// - Throws: `SplitError` for too few training persons, or a class that only the held-out have.
  public func inner(_ configuration: InnerSplitConfiguration, of dataset: Dataset, seed: UInt64)
    throws
    -> [Fold]
  {
    let persons = trainClips.map { dataset.clips[$0].person }.firsts
    guard persons.count >= 3 else {
      throw SplitError(
        key: "evaluation.protocols",
        reason:
          "\(EvaluationProtocol.withInnerTrainings) needs at least three training subjects, and "
          + "fold \(name) has \(persons.count): leave \(EvaluationProtocol.withInnerTrainings) out")
    }
    let held = configuration.subjects ?? (persons.count + 4) / 5
    guard held <= persons.count - 2 else {
      throw SplitError(
        key: "evaluation.nested.subjects",
        reason:
          "\(held) of the \(persons.count) training subjects of fold \(name) leave fewer than "
          + "two to train on: hold out at most \(persons.count - 2)")
    }
    let classes = Set(trainClips.map { dataset.clips[$0].label })
    let shares = Self.shares(of: held, among: persons)
    let drawn = shares.enumerated().map { place, share in
      let order = CounterGenerator(
        seed: seed, fold: index, epoch: place, purpose: .innerSplits
      ).permutation(share.persons.count)
      return (persons: order.map { share.persons[$0] }, count: share.count)
    }
    return try (1...configuration.splits).map { number in
      let out = Set(
        drawn.flatMap { share in
          (0..<share.count).map {
            share.persons[((number - 1) * share.count + $0) % share.persons.count]
          }
        })
      let validation = trainClips.filter { out.contains(dataset.clips[$0].person) }
      let training = trainClips.filter { !out.contains(dataset.clips[$0].person) }
      if let lost = classes.subtracting(training.map { dataset.clips[$0].label }).min() {
        throw SplitError(
          key: "evaluation.nested.subjects",
          reason: "fold \(name), seed \(seed), inner split \(number): only the "
            + "\(counted(held, "subject")) held out have the class \"\(dataset.classNames[lost])\": "
            + "hold out fewer, or draw others by another seed")
      }
      return Fold(
        index: index + number << 16, name: name, trainClips: training,
        testClips: validation + (configuration.refit ? [] : testClips))
    }
  }

  /// How many persons of each dataset are held out, as their numbers are: by largest remainders.
  private static func shares(of held: Int, among persons: [Person]) -> [(
    persons: [Person], count: Int
  )] {
    let names = Set(persons.map(\.dataset)).sorted()
    let own = names.map { name in persons.filter { $0.dataset == name } }
    var counts = own.map { held * $0.count / persons.count }
    // Of equal remainders the first name's.
    let byRemainder = own.indices.sorted {
      (held * own[$1].count % persons.count, $0) < (held * own[$0].count % persons.count, $1)
    }
    for place in byRemainder.prefix(held - counts.reduce(0, +)) { counts[place] += 1 }
    return zip(own, counts).map { ($0, $1) }
  }
}

extension [Person] {
  /// Each person once, in the order of the first place.
  var firsts: [Person] {
    var seen: Set<Person> = []
    return filter { seen.insert($0).inserted }
  }
}
