import ArgumentParser
import Datasets
import Wording

struct Synthesize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Writes made-up data in the layout of HTNet's release, to try things out.",
    discussion: """
      Subjects of three datasets, and three classes of uneven size, which flow patterns at eyes and mouth \
      tell apart under each subject's own noise. The same arguments give the same bytes.

      Example:
        htnet synthesize --output data/synthetic --subjects 20
      """)

  @Option(
    name: .long,
    help: ArgumentHelp("The directory to make; it must be empty or not there.", valueName: "dir"))
  var output: String

  @Option(name: .long, help: ArgumentHelp("Number of subjects.", valueName: "N"))
  var subjects = 12

  @Option(name: .long, help: ArgumentHelp("Clips of a subject, on average.", valueName: "N"))
  var clips = 6

  @Option(name: .long, help: ArgumentHelp("Seed of all randomness.", valueName: "seed"))
  var seed: UInt64 = 1

  func run() throws {
    let dataset = try SyntheticDataset(subjects: subjects, clips: clips, seed: seed)
    let count = try dataset.write(to: output)
    print("\(output): \(counted(count, "clip")) of \(counted(subjects, "subject"))")
  }
}
