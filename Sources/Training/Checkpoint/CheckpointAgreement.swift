import Checkpointing
import Requirements

/// What a rank knows of its group's checkpoints, and what all ranks conclude from their step notes.
///
/// The leader wishes for a checkpoint when one is due; nobody takes one while anyone is busy with the
/// last. When the receipts of all parts are there, the generation counts, or is given up if a part
/// failed. A value without clock, files, threads or messages, so that every order of events can be
/// tested.
package struct CheckpointAgreement: Sendable {
  /// What the ranks do after a step. It follows from the notes alone, so it is the same on all.
  package enum Decision: Sendable, Equatable {
    case goOn
    case take(CheckpointKind)
    /// A checkpoint is due, but someone is still busy with the last one.
    case wait
    case stop
    /// Stop, if the state can be saved.
    case yield
  }

  /// What becomes of a generation whose parts have all ended; the leader carries it out.
  package enum Verdict: Sendable, Equatable {
    /// `hasCommitted` must be told how it ended.
    case commit(CheckpointManifest)
    /// A part failed.
    case giveUp(generation: Int)
  }

  /// Generations in a row that are tried as differences before the next full checkpoint.
  package static let differencesInARow = 4

  private let rank: Int
  private let elements: [Range<Int>]
  private let configuration: CheckpointConfiguration
  /// The generations that count. Ranks that are not the leader know those of the fold's start only.
  package private(set) var manifest: CheckpointManifest
  /// Number of the next generation, the same on all ranks.
  package private(set) var next: Int
  /// The last full generation that was taken, if differences to it may follow.
  private var lastFull: Int?
  /// The generation that this rank writes its part of.
  private var writing: Int?
  private var receipt: StepNote.Receipt?
  // The leader's own.
  private var pending: CheckpointManifest.Generation?
  private var isCommitting = false

  /// - Parameters:
  ///   - rank: In the group; 0 leads.
  ///   - elements: Of the flat gradient, that each rank owns and writes.
  ///   - manifest: The generations that count so far.
  ///   - next: Above the number of every generation that was ever begun.
  package init(
    rank: Int, elements: [Range<Int>], configuration: CheckpointConfiguration,
    manifest: CheckpointManifest, next: Int
  ) {
    self.rank = rank
    self.elements = elements
    self.configuration = configuration
    self.manifest = manifest
    self.next = next
  }

  /// Whether an earlier checkpoint is still being written, as far as this rank knows.
  package var isBusy: Bool { writing != nil || pending != nil || isCommitting }

  /// What this rank tells the others.
  ///
  /// - Parameter isDue: Whether it is time for a checkpoint; only the leader's word counts.
  package func note(stops: Bool = false, yields: Bool = false, isDue: Bool = false) -> StepNote {
    var note = StepNote()
    note.stops = stops
    note.yields = yields
    note.isBusy = isBusy
    note.receipt = receipt
    if rank == 0 && isDue { note.wish = takesDifference ? .difference : .full }
    return note
  }

  /// - Parameter notes: Of one step, in order of rank.
  package static func decision(on notes: [StepNote]) -> Decision {
    if notes.contains(where: \.stops) { return .stop }
    if notes.contains(where: \.yields) { return .yield }
    guard let wish = notes[0].wish else { return .goOn }
    return notes.contains(where: \.isBusy) ? .wait : .take(wish)
  }

  /// - Parameter notes: Of one step, in order of rank.
  /// - Returns: nil: no generation is ready, or this rank does not lead.
  package mutating func verdict(on notes: [StepNote]) -> Verdict? {
    guard var generation = pending,
      notes.allSatisfy({ $0.receipt?.generation == generation.number })
    else { return nil }
    pending = nil
    let files = notes.compactMap { $0.receipt?.file }
    guard files.count == notes.count else { return .giveUp(generation: generation.number) }
    generation.parts = files.enumerated().map { part, file in
      CheckpointManifest.Part(
        file: CheckpointStore.fileName(
          generation: generation.number, part: part, of: files.count),
        bytes: file.bytes, sha256: file.sha256.hexadecimal, elements: elements[part])
    }
    isCommitting = true
    return .commit(manifest.adding(generation, keep: configuration.keep))
  }

  /// The full generation that the next one of this kind is written against; nil: none.
  package func base(of kind: CheckpointKind) -> Int? { kind == .difference ? lastFull : nil }

  /// This rank begins to write its part of the next generation, whose parts are not known yet.
  package mutating func begin(_ generation: CheckpointManifest.Generation) {
    require(!isBusy, "generation \(next) is begun while an earlier one is being written")
    require(generation.number == next, "generation \(generation.number) comes after \(next - 1)")
    writing = next
    if rank == 0 { pending = generation }
    if configuration.delta && generation.base == nil { lastFull = next }
    next += 1
  }

  /// This rank's part has ended.
  ///
  /// - Parameter file: nil: it failed.
  package mutating func hasWritten(_ file: StepNote.WrittenFile?) {
    require(writing != nil, "nothing is being written")
    receipt = writing.map { StepNote.Receipt(generation: $0, file: file) }
    writing = nil
  }

  /// The commit of a verdict has ended.
  ///
  /// - Parameter manifest: What counts now; nil: it failed, and what counted before still does.
  package mutating func hasCommitted(_ manifest: CheckpointManifest?) {
    require(isCommitting, "nothing is being committed")
    isCommitting = false
    if let manifest { self.manifest = manifest }
  }

  private var takesDifference: Bool {
    guard let lastFull, manifest[lastFull] != nil else { return false }
    return next - lastFull <= Self.differencesInARow
  }
}
