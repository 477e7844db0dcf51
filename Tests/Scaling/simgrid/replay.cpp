// Replays the messages of a planned step (gmlp-train plan --trace) with SimGrid, whose network model is not ours.
//
//   replay TRACE PLATFORM [SimGrid's options]
//
// The platform has hosts node-0, node-1 and so on. Each sends its messages in their order, from the time at which they
// are ready, and has a few of them on their way at once. When all hosts have sent their gradients, they go on to the
// weights. Prints the time of the last byte.
#include <simgrid/s4u.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

namespace {

struct Message {
  int from;
  int to;
  std::uint64_t bytes;
  double ready;
  bool ofWeights;
};

struct Trace {
  int hosts = 0;
  bool isSymmetric = false;
  std::vector<Message> messages;
};

// Where the value of a key begins in a line of JSON without nested objects.
const char* value(const std::string& line, const std::string& key) {
  const auto place = line.find("\"" + key + "\":");
  if (place == std::string::npos) throw std::runtime_error("no " + key + " in " + line);
  return line.c_str() + place + key.size() + 3;
}

bool begins(const char* text, const std::string& word) { return std::string(text, word.size()) == word; }

Trace read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  Trace trace;
  for (std::string line; std::getline(file, line);) {
    const char* event = value(line, "event");
    if (begins(event, "\"cluster\"")) {
      trace.hosts = std::atoi(value(line, "hosts"));
      trace.isSymmetric = begins(value(line, "symmetric"), "true");
    } else if (begins(event, "\"message\"")) {
      trace.messages.push_back(
          {std::atoi(value(line, "from")), std::atoi(value(line, "to")), std::strtoull(value(line, "bytes"), nullptr, 10),
           std::atof(value(line, "ready_seconds")), begins(value(line, "kind"), "\"weights\"")});
    }
  }
  if (trace.hosts < 2 || trace.messages.empty()) throw std::runtime_error(path + ": has no messages");
  return trace;
}

sg4::Host* node(int number) { return sg4::Host::by_name("node-" + std::to_string(number)); }

// Sends what `host` has of one kind, `begin` seconds after the start of the simulation or later.
void send(const Trace& trace, int host, bool ofWeights, double begin) {
  constexpr std::size_t most = 8;
  std::deque<sg4::CommPtr> underWay;
  for (const Message& message : trace.messages) {
    if (message.ofWeights != ofWeights || (!trace.isSymmetric && message.from != host)) continue;
    sg4::this_actor::sleep_until(begin + message.ready);
    if (underWay.size() == most) {
      underWay.front()->wait();
      underWay.pop_front();
    }
    const int to = trace.isSymmetric ? (host + message.to - message.from + trace.hosts) % trace.hosts : message.to;
    underWay.push_back(sg4::Comm::sendto_async(node(host), node(to), message.bytes));
  }
  for (const auto& message : underWay) message->wait();
}

}  // namespace

int main(int argc, char** argv) {
  sg4::Engine engine(&argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: replay TRACE PLATFORM\n");
    return 64;
  }
  try {
    const Trace trace = read(argv[1]);
    engine.load_platform(argv[2]);
    const auto barrier = sg4::Barrier::create(trace.hosts);
    for (int host = 0; host < trace.hosts; host++) {
      sg4::Actor::create("host", node(host), [&trace, barrier, host] {
        send(trace, host, false, 0);
        barrier->wait();
        send(trace, host, true, sg4::Engine::get_clock());
      });
    }
    engine.run();
    std::printf("%.6f\n", sg4::Engine::get_clock());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "replay: %s\n", error.what());
    return 65;
  }
  return 0;
}
