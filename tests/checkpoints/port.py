"""The released networks by hand: as the PyTorch port has them, flat, and as Torch7."""

import pickle
import struct

import torch
from checkpoints.t7_writer import Obj, Storage, Tensor, tensor
from torch import nn

CENTER, REGION, REGION_64 = "center", "region", "region-64"
JUDGE, JUDGE_128 = "judge", "judge-128"
# Layers that have tensors, by place.
ENTRIES = {CENTER: 47, REGION: 52, REGION_64: 42, JUDGE: 17, JUDGE_128: 22}


def port(which=CENTER, base=2, code=3, bias=False, seed=0):
    """The network in evaluation mode, with running statistics that matter."""
    torch.manual_seed(seed)
    c = base
    layers = []

    def conv(i, o, norm=True, k=(4, 2, 1), act=None):
        layers.append(nn.Conv2d(i, o, *k, bias=bias))
        layers.extend([nn.BatchNorm2d(o)] * norm)
        layers.append(act or nn.LeakyReLU(0.2))

    def up(i, o, norm=True, k=(4, 2, 1), act=None):
        layers.append(nn.ConvTranspose2d(i, o, *k, bias=bias))
        layers.extend([nn.BatchNorm2d(o)] * norm)
        layers.append(act or nn.ReLU())

    conv(3, c, norm=False)
    if which in (CENTER, REGION, JUDGE_128):
        conv(c, c)
    conv(c, 2 * c)
    conv(2 * c, 4 * c)
    conv(4 * c, 8 * c)
    if which in (JUDGE, JUDGE_128):
        conv(8 * c, 1, norm=False, k=(4, 1, 0), act=nn.Sigmoid())
    else:
        conv(8 * c, code, k=(4, 1, 0))
        up(code, 8 * c, k=(4, 1, 0))
        up(8 * c, 4 * c)
        up(4 * c, 2 * c)
        up(2 * c, c)
        if which == REGION:
            up(c, c)
        up(c, 3, norm=False, act=nn.Tanh())
    net = nn.Sequential(*layers).eval()
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 1.5)
                layer.bias.uniform_(0.1, 1)
                layer.running_mean.normal_(0, 0.3)
                layer.running_var.uniform_(0.5, 2)
            elif bias and hasattr(layer, "bias"):
                layer.bias.normal_(0, 0.1)
    return net


def size_of(which):
    """Side of the pictures that the network takes."""
    return 64 if which in (REGION_64, JUDGE) else 128


def entries(net):
    """The state dict that the port saves: ``main.0.weight`` ..., without counters."""
    state = {f"main.{k}": v for k, v in net.state_dict().items()}
    return {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}


def python2_file(path, state):
    """A checkpoint as PyTorch 0.1 wrote it under Python 2: byte strings."""

    def text(value):
        return b"U" + bytes([len(value)]) + value.encode()

    def several(*parts):
        return b"(" + b"".join(parts) + b"t"

    def integer(value):
        return b"J" + struct.pack("<i", value)

    def weight(key, value):
        storage = b"ctorch.cuda\nFloatStorage\n"
        identity = several(
            text("storage"),
            storage,
            text(str(key)),
            text("cuda:0"),
            integer(value.numel()),
            b"N",
        )
        size = several(*map(integer, value.shape))
        stride = several(*map(integer, value.stride()))
        arguments = several(identity + b"Q", integer(0), size, stride)
        return b"ctorch._utils\n_rebuild_tensor\n" + arguments + b"R"

    pairs = [
        b"](" + text(name) + weight(i, value) + b"e"
        for i, (name, value) in enumerate(state.items())
    ]
    ordered = b"ccollections\nOrderedDict\n" + several(b"](" + b"".join(pairs) + b"e")
    whole = b"}(" + text("epoch") + integer(200) + text("state_dict") + ordered + b"Ru"
    sizes = dict(short=2, int=4, long=4)
    system = dict(protocol_version=1001, little_endian=True, type_sizes=sizes)
    keys = [str(i) for i in range(len(state))]
    with open(path, "wb") as file:
        for start in (0x1950A86A20F9469CFC6C, 1001, system):
            pickle.dump(start, file, 2)
        file.write(b"\x80\x02" + whole + b".")
        pickle.dump(keys, file, 2)
        for value in state.values():
            file.write(struct.pack("<q", value.numel()) + value.numpy().tobytes())
    return path


def lua(net, library="nn", element="Float", old_norm=False, one_storage=False):
    """The same as Torch7 saves it: encoder in a Sequential of its own, 15 modules."""
    if one_storage:
        # What getParameters() leaves: every parameter is a view of one storage.
        flat = torch.cat([p.detach().flatten() for p in net.parameters()])
        storage, places, at = Storage(flat.numpy(), element), {}, 0
        for p in net.parameters():
            places[p], at = at, at + p.numel()

    def t(value):
        if one_storage and value in places:
            return Tensor(storage, value.shape, offset=places[value])
        return tensor(value.detach().numpy(), element)

    def module(layer):
        kind = type(layer).__name__
        if isinstance(layer, nn.BatchNorm2d):
            var = layer.running_var
            running = (
                dict(running_std=t((var + layer.eps) ** -0.5))
                if old_norm
                else dict(running_var=t(var))
            )
            return Obj(
                f"{library}.SpatialBatchNormalization",
                eps=layer.eps,
                momentum=0.1,
                train=False,
                weight=t(layer.weight),
                bias=t(layer.bias),
                running_mean=t(layer.running_mean),
                gradWeight=t(torch.zeros(3)),
                **running,
            )
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            name = "SpatialConvolution"
            if isinstance(layer, nn.ConvTranspose2d):
                name = "SpatialFullConvolution"
            (k, _), (d, _), (p, _) = layer.kernel_size, layer.stride, layer.padding
            fields = dict(kW=k, kH=k, dW=d, dH=d, padW=p, padH=p)
            fields |= dict(nInputPlane=layer.in_channels, output=Tensor(None, ()))
            fields["weight"] = t(layer.weight)
            if layer.bias is not None:
                fields["bias"] = t(layer.bias)
            return Obj(f"{library}.{name}", **fields)
        if kind == "LeakyReLU":
            return Obj("nn.LeakyReLU", negval=layer.negative_slope, inplace=True)
        return Obj(f"{library}.{kind}", inplace=True)

    modules = [module(layer) for layer in net]
    ups = [i for i, layer in enumerate(net) if isinstance(layer, nn.ConvTranspose2d)]
    if not ups:
        view = Obj("nn.View", size=tensor([1], "Long"), numElements=1)
        return Obj("nn.Sequential", modules=[*modules, view])
    split = ups[0] - 2
    encoder = Obj("nn.Sequential", modules=modules[:split], train=False)
    return Obj("nn.Sequential", modules=[encoder, *modules[split:]], _type="x")
