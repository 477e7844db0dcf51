import Comm

let launch = try LaunchEnvironment()
let communication = try CommunicationThread(launch, computeThreads: 1)
let sum = try communication.perform { c in try c.allReduce(Double(c.rank + 1), .sum) }
print("rank \(communication.rank) of \(communication.size): \(sum)")
print(try communication.placement())
try communication.finalize()
