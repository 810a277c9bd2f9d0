sudo apt install ./ecoparc-agent_VERSION_amd64.deb     # or: sudo dnf install ./ecoparc-agent-VERSION-1.x86_64.rpm
sudo ecoparc-agent configure --collector {address} --token {token} --label "$(hostname)"
