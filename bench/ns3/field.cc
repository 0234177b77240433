// A field of boards that broadcast periodically, in ns-3.37.

#include "station.h"

#include "ns3/command-line.h"
#include "ns3/packet.h"
#include "ns3/propagation-delay-model.h"
#include "ns3/propagation-loss-model.h"
#include "ns3/random-variable-stream.h"
#include "ns3/rng-seed-manager.h"

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

using namespace ns3;

namespace
{

/// Metres of the square's side per square root of the number of boards.
constexpr double SPACING_M = 20;

/// Where a board is and when it first sends.
struct Placement
{
    Vector position;
    double phaseUs;
};

std::vector<Placement>
RandomField(uint32_t boards, double periodUs)
{
    const double side = SPACING_M * std::sqrt(boards);
    auto uniform = CreateObject<UniformRandomVariable>();
    std::vector<Placement> field;
    for (uint32_t i = 0; i < boards; ++i)
    {
        const double x = uniform->GetValue(0, side);
        const double y = uniform->GetValue(0, side);
        field.push_back({Vector(x, y, 0), uniform->GetValue(0, periodUs)});
    }
    return field;
}

/// Reads `x_m y_m phase_us`, a line a board.
std::vector<Placement>
ReadField(const std::string& path)
{
    std::ifstream in(path);
    if (!in)
    {
        std::cerr << "field: can't read " << path << '\n';
        std::exit(2);
    }
    std::vector<Placement> field;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
    {
        std::istringstream words(line);
        double x;
        double y;
        double phase;
        std::string more;
        if (!(words >> x >> y >> phase) || words >> more || phase < 0)
        {
            std::cerr << "field: " << path << ':' << number
                      << ": expected three numbers, `x_m y_m phase_us`\n";
            std::exit(2);
        }
        field.push_back({Vector(x, y, 0), phase});
    }
    return field;
}

void
WriteField(const std::string& path, const std::vector<Placement>& field)
{
    std::ofstream out(path);
    out.precision(17);
    for (const auto& [position, phaseUs] : field)
    {
        out << position.x << ' ' << position.y << ' ' << phaseUs << '\n';
    }
    if (!out.flush())
    {
        std::cerr << "field: can't write " << path << '\n';
        std::exit(2);
    }
}

/// A board that broadcasts every period.
struct Broadcaster
{
    Ptr<WifiNetDevice> device;
    uint32_t packetSize;
    Time period;
    /// How many boards are in its range.
    uint64_t neighbours = 0;
    uint64_t transmissions = 0;

    void Send()
    {
        device->Send(Create<Packet>(packetSize), Mac48Address::GetBroadcast(), bench::PROTOCOL);
        Simulator::Schedule(period, &Broadcaster::Send, this);
    }

    void OnTransmission(Ptr<const Packet>, double)
    {
        ++transmissions;
    }
};

uint64_t g_delivered = 0;

bool
OnDelivery(Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address&)
{
    ++g_delivered;
    return true;
}

} // namespace

int
main(int argc, char* argv[])
{
    uint32_t boards = 100;
    double exponent = 3;
    double periodMs = 100;
    uint32_t payload = 64;
    double seconds = 10;
    uint32_t seed = 1;
    std::string read;
    std::string write;
    bool scaledSensitivity = true;
    CommandLine arguments;
    arguments.AddValue("boards", "how many", boards);
    arguments.AddValue("exponent", "of the path loss", exponent);
    arguments.AddValue("period", "between two messages of a board, ms", periodMs);
    arguments.AddValue("payload", "octets of ESP-NOW payload", payload);
    arguments.AddValue("seconds", "to simulate", seconds);
    arguments.AddValue("seed", "of all random numbers, from 1", seed);
    arguments.AddValue("read", "a field from this file: x_m y_m phase_us, a line a board", read);
    arguments.AddValue("write", "the field to this file", write);
    arguments.AddValue("scaledSensitivity",
                       "let ns-3 raise the sensitivity from -98 to -97.6 dBm for 22 MHz",
                       scaledSensitivity);
    arguments.Parse(argc, argv);
    RngSeedManager::SetRun(seed);

    const auto field = read.empty() ? RandomField(boards, periodMs * 1000) : ReadField(read);
    if (!write.empty())
    {
        WriteField(write, field);
    }

    auto loss = CreateObject<LogDistancePropagationLossModel>();
    loss->SetPathLossExponent(exponent);
    loss->SetReference(1, bench::ReferenceLossDb());
    auto channel = CreateObject<YansWifiChannel>();
    channel->SetPropagationLossModel(loss);
    channel->SetPropagationDelayModel(CreateObject<ConstantSpeedPropagationDelayModel>());

    std::vector<Vector> positions;
    for (const auto& placement : field)
    {
        positions.push_back(placement.position);
    }
    const auto devices = bench::InstallBoards(positions, channel, scaledSensitivity);

    std::vector<Broadcaster> broadcasters(field.size());
    for (std::size_t i = 0; i < field.size(); ++i)
    {
        auto& board = broadcasters[i];
        board.device = devices[i];
        board.packetSize = bench::PacketSize(payload);
        board.period = MicroSeconds(1) * periodMs * 1000;
        const auto here = devices[i]->GetNode()->GetObject<MobilityModel>();
        for (std::size_t j = 0; j < field.size(); ++j)
        {
            const auto there = devices[j]->GetNode()->GetObject<MobilityModel>();
            if (i != j && loss->CalcRxPower(bench::TX_POWER_DBM, here, there) >= bench::SENSITIVITY_DBM)
            {
                ++board.neighbours;
            }
        }
        board.device->SetReceiveCallback(MakeCallback(&OnDelivery));
        board.device->GetPhy()->TraceConnectWithoutContext(
            "PhyTxBegin",
            MakeCallback(&Broadcaster::OnTransmission, &board));
        Simulator::Schedule(NanoSeconds(std::llround(field[i].phaseUs * 1000)),
                            &Broadcaster::Send,
                            &board);
    }

    const double wall = bench::RunFor(Seconds(seconds));

    uint64_t transmissions = 0;
    uint64_t inRange = 0;
    for (const auto& board : broadcasters)
    {
        transmissions += board.transmissions;
        inRange += board.transmissions * board.neighbours;
    }
    const double delivery = inRange == 0 ? 0 : static_cast<double>(g_delivered) / inRange;
    std::cout << "{\"boards\": " << field.size() << ", \"exponent\": " << exponent
              << ", \"period_ms\": " << periodMs << ", \"payload\": " << payload
              << ", \"seed\": " << seed << ", \"simulated_s\": " << seconds
              << ", \"transmissions\": " << transmissions << ", \"in_range\": " << inRange
              << ", \"delivered\": " << g_delivered << ", \"delivery\": " << delivery
              << ", \"wall_s\": " << wall << ", \"peak_mib\": " << bench::PeakMemoryMib() << "}\n";
    Simulator::Destroy();
    return 0;
}
