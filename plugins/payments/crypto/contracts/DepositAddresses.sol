// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Stands at one deposit's address. It holds no key and knows one way out: to the treasury.
contract DepositAddress {
    address private immutable _treasury;

    constructor() {
        _treasury = DepositAddresses(msg.sender).treasury();
    }

    function sweep(address token) external {
        (bool asked, bytes memory balance) =
            token.staticcall(abi.encodeWithSignature("balanceOf(address)", address(this)));
        require(asked && balance.length == 32, "no token");
        (bool moved, bytes memory answer) = token.call(
            abi.encodeWithSignature("transfer(address,uint256)", _treasury, abi.decode(balance, (uint256)))
        );
        require(moved && (answer.length == 0 || abi.decode(answer, (bool))), "not moved");
    }
}

/// Computes an address per salt, and puts the contract there once there is something to sweep.
contract DepositAddresses {
    address public immutable treasury;

    constructor(address treasury_) {
        require(treasury_ != address(0), "no treasury");
        treasury = treasury_;
    }

    function addressOf(bytes32 salt) public view returns (address) {
        bytes32 code = keccak256(type(DepositAddress).creationCode);
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }

    function sweep(bytes32[] calldata salts, address token) external {
        for (uint256 i = 0; i < salts.length; i++) {
            address place = addressOf(salts[i]);
            if (place.code.length == 0) {
                new DepositAddress{salt: salts[i]}();
            }
            DepositAddress(place).sweep(token);
        }
    }
}
